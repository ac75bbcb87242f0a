//! Changes of the catalog. Each is made under the lock as a whole, and each can be repeated after a crash.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::base::{Base, Generation, LIMIT_MAX, Leaving, Policy};
use super::generation::GenerationName;
use super::store::{Catalog, CatalogFile};
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{PathError, clock};

/// A generation that a run enters, as its journal keeps it until that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// Name of the base.
    pub base: String,
    /// Folder and policy that the base gets if it is not defined yet.
    pub folder: String,
    /// See `folder`.
    pub policy: Policy,
    /// The generation.
    pub generation: Generation,
}

/// A generation that was taken back, and where its file is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// Name of the base.
    pub base: String,
    /// The generation.
    pub generation: Generation,
}

impl Catalog<'_> {
    /// Enters the generations of a run and makes those over the limit leave; their files are there until the next
    /// [`Catalog::sweep`]. What has been entered already is left alone, so that a recovery may repeat it. Returns what left.
    pub fn enter(&self, entries: &[Entry]) -> Result<Vec<(String, Generation)>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        self.update(|file| {
            let mut left = Vec::new();
            let mut entered = Vec::new();
            for entry in entries {
                let base = file
                    .bases
                    .entry(entry.base.clone())
                    .or_insert_with(|| Base::new(&entry.folder, entry.policy));
                let wanted = &entry.generation;
                match base.find(wanted.name) {
                    Some(known) if known.run == wanted.run && known.hash == wanted.hash => continue,
                    Some(known) => return Err(taken(&entry.base, known)),
                    None => {}
                }
                let gone = base.enter(wanted.clone());
                entered.push(json!({
                    "base": entry.base,
                    "generation": wanted,
                    "left": gone.iter().map(|one| one.name).collect::<Vec<_>>(),
                }));
                left.extend(gone.into_iter().map(|one| (entry.base.clone(), one)));
            }
            Ok((left, (!entered.is_empty()).then(|| json!({ "entered": entered }))))
        })
    }

    /// Removes files that have left, and puts those that were taken back aside. What cannot be done now is done by the next
    /// sweep.
    pub fn sweep(&self) -> Result<()> {
        let pending = |base: &Base| !base.leaving.is_empty();
        if !self.read()?.bases.values().any(pending) {
            return Ok(());
        }
        self.update(|file| {
            let mut done = Vec::new();
            for (name, base) in &mut file.bases {
                let (folder, leaving) = (base.folder.clone(), std::mem::take(&mut base.leaving));
                for one in leaving {
                    match self.see_off(&folder, &one) {
                        Ok(()) => done.push(json!({ "base": name, "file": one })),
                        // A file that resists is tried again; a run must not fail for it after its commit.
                        Err(_) => base.leaving.push(one),
                    }
                }
            }
            Ok(((), (!done.is_empty()).then(|| json!({ "swept": done }))))
        })
    }

    /// Defines a generation data group.
    ///
    /// # Errors
    /// The name is taken, another base has the folder, or the limit is not one.
    pub fn define_base(&self, name: &str, folder: &str, policy: Policy) -> Result<()> {
        check_limit(policy.limit)?;
        let folder = self.relative(folder)?;
        self.update(|file| {
            check_free(file, name, &folder)?;
            file.bases.insert(name.to_owned(), Base::new(&folder, policy));
            Ok(((), Some(json!({ "defined": name, "folder": folder, "policy": policy }))))
        })
    }

    /// The generations that would leave a base with this policy.
    pub fn over(&self, name: &str, policy: Policy) -> Result<Vec<Generation>> {
        check_limit(policy.limit)?;
        let mut file = self.read()?;
        let base = base_mut(&mut file, name)?;
        base.policy = policy;
        Ok(base.trim())
    }

    /// Changes the policy of a base; what is over a lower limit leaves.
    pub fn alter_base(&self, name: &str, policy: Policy) -> Result<Vec<Generation>> {
        check_limit(policy.limit)?;
        let left = self.update(|file| {
            let base = base_mut(file, name)?;
            base.policy = policy;
            let left = base.trim();
            let names: Vec<_> = left.iter().map(|one| one.name).collect();
            Ok((left, Some(json!({ "altered": name, "policy": policy, "left": names }))))
        })?;
        self.sweep()?;
        Ok(left)
    }

    /// Enters files that are in the folder of a base already as its generations, the oldest first.
    pub fn adopt(&self, name: &str, generations: Vec<GenerationName>) -> Result<()> {
        let base = self.read()?.bases.get(name).cloned().ok_or_else(|| unknown(name))?;
        let entered = generations.into_iter().map(|generation| {
            let (bytes, hash) = self.content(&base.file(generation))?;
            Ok(Generation {
                name: generation,
                bytes,
                hash,
                records: None,
                run: None,
                business_date: None,
                entered: clock::timestamp(),
            })
        });
        let entered = entered.collect::<Result<Vec<_>>>()?;
        self.update(|file| {
            let base = base_mut(file, name)?;
            for generation in &entered {
                if let Some(known) = base.find(generation.name) {
                    return Err(taken(name, known));
                }
                base.leaving.retain(|leaving| leaving.name != generation.name);
                base.generations.push(generation.clone());
            }
            if base.generations.len() > usize::from(base.policy.limit) {
                let message = format!("{name} would have {} generations", base.generations.len());
                return Err(Diagnostic::error(codes::CAT003, message)
                    .hint(format!("its limit is {}; choose fewer, or a higher --limit", base.policy.limit)));
            }
            Ok(((), Some(json!({ "adopted": name, "generations": entered }))))
        })
    }

    /// Begins a catalog with what a plan saw of another one, so that its relative numbers mean the same here.
    pub fn begin_with(&self, view: &super::view::View) -> Result<()> {
        self.update(|file| {
            (file.bases, file.datasets) = (view.bases.clone(), view.datasets.clone());
            let names: Vec<&String> = view.bases.keys().chain(view.datasets.keys()).collect();
            Ok(((), (!names.is_empty()).then(|| json!({ "begun_with": names }))))
        })
    }

    /// Gives a dataset a name.
    pub fn define_dataset(&self, name: &str, path: &str) -> Result<()> {
        let path = self.relative(path)?;
        self.update(|file| {
            if file.datasets.contains_key(name) || file.bases.contains_key(name) {
                return Err(exists(name));
            }
            file.datasets.insert(name.to_owned(), path.clone());
            Ok(((), Some(json!({ "defined": name, "path": path }))))
        })
    }

    /// Takes a name out of the catalog: of a dataset, or of a base without generations. Files stay.
    pub fn forget(&self, name: &str) -> Result<()> {
        self.update(|file| {
            if file.datasets.remove(name).is_none() {
                let base = base_mut(file, name)?;
                if !base.generations.is_empty() || !base.leaving.is_empty() {
                    let message = format!("{name} has {} generations", base.generations.len());
                    return Err(Diagnostic::error(codes::CAT005, message)
                        .hint("take them back first: offhost catalog rollback, or prune --keep 0"));
                }
                file.bases.remove(name);
            }
            Ok(((), Some(json!({ "forgotten": name }))))
        })
    }

    /// Takes the newest generations of bases back, as many as said of each: they are in the catalog no more, and their files
    /// get names that no generation has. Returns them, of each base the newest first.
    pub fn roll_back(&self, wanted: &[(String, usize)]) -> Result<Vec<RolledBack>> {
        let back = self.update(|file| {
            let serial = file.serial + 1;
            let mut back = Vec::new();
            for (name, count) in wanted {
                let base = base_mut(file, name)?;
                if *count > base.generations.len() {
                    let message = format!("{name} has only {} generations", base.generations.len());
                    return Err(
                        Diagnostic::error(codes::CAT002, message).hint("see offhost catalog list NAME")
                    );
                }
                for _ in 0..*count {
                    let Some(generation) = base.generations.pop() else { break };
                    let aside = Some(format!(".{}.{serial}.taken-back", generation.name));
                    base.leaving.push(Leaving { name: generation.name, aside });
                    back.push(RolledBack { base: name.clone(), generation });
                }
            }
            let names: Vec<_> =
                back.iter().map(|one| json!({ "base": one.base, "name": one.generation.name })).collect();
            let description = (!names.is_empty()).then(|| json!({ "rolled_back": names }));
            Ok((back, description))
        })?;
        self.sweep()?;
        Ok(back)
    }

    /// How many generations a run entered, by base, if they are the newest ones.
    ///
    /// # Errors
    /// `CAT002` if there are none; `CAT009` if other runs have entered later ones.
    pub fn entered_by(&self, run: &str, only: Option<&str>) -> Result<Vec<(String, usize)>> {
        let mut found = Vec::new();
        for (name, base) in
            self.read()?.bases.iter().filter(|(name, _)| only.is_none_or(|only| only == *name))
        {
            let of_run = |one: &&Generation| one.run.as_deref() == Some(run);
            let all = base.generations.iter().filter(of_run).count();
            let newest = base.generations.iter().rev().take_while(of_run).count();
            if newest < all {
                let message = format!("{name} has generations that were entered after those of {run}");
                return Err(Diagnostic::error(codes::CAT009, message)
                    .note("jobs may have read them as (0) since")
                    .hint("take the later ones back first; see offhost catalog list NAME"));
            }
            if all > 0 {
                found.push((name.clone(), all));
            }
        }
        if found.is_empty() {
            return Err(Diagnostic::error(
                codes::CAT002,
                format!("no generation was entered by the run {run}"),
            )
            .hint("see offhost catalog list"));
        }
        Ok(found)
    }

    /// Takes out all but the `keep` newest generations of a base, and removes their files.
    pub fn prune(&self, name: &str, keep: usize) -> Result<Vec<Generation>> {
        let left = self.update(|file| {
            let base = base_mut(file, name)?;
            let over = base.generations.len().saturating_sub(keep);
            let left: Vec<Generation> = base.generations.drain(..over).collect();
            base.leaving.extend(left.iter().map(|one| Leaving { name: one.name, aside: None }));
            let names: Vec<_> = left.iter().map(|one| one.name).collect();
            let description = (!names.is_empty()).then(|| json!({ "pruned": name, "generations": names }));
            Ok((left, description))
        })?;
        self.sweep()?;
        Ok(left)
    }

    /// A path as the catalog keeps it: relative to the root, which it does not leave.
    pub fn relative(&self, path: &str) -> Result<String> {
        Ok(self.root.display(&self.root.resolve(path)?))
    }

    /// Removes a file, or gives it the name that it has to get. One that is gone has been seen off before.
    fn see_off(&self, folder: &str, leaving: &Leaving) -> Result<()> {
        let path = self.root.resolve(&super::base::file_of(folder, leaving.name))?;
        let done = match &leaving.aside {
            None => self.fs.remove(&path),
            Some(aside) => self.fs.rename_new(&path, &path.with_file_name(aside)),
        };
        match done {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            done => done.path_error("take away", &path),
        }
    }
}

fn base_mut<'f>(file: &'f mut CatalogFile, name: &str) -> Result<&'f mut Base> {
    file.bases.get_mut(name).ok_or_else(|| unknown(name))
}

/// There is no such name.
pub fn unknown(name: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::CAT007, format!("the catalog has no {name}")).hint("see offhost catalog list")
}

fn exists(name: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::CAT005, format!("{name} is in the catalog already"))
        .hint("choose another name, or take it out first: offhost catalog forget")
}

fn taken(base: &str, known: &Generation) -> Box<Diagnostic> {
    let by = known.run.as_deref().map_or(String::new(), |run| format!(" by run {run}"));
    Diagnostic::error(codes::CAT005, format!("{base} has a generation {} already", known.name))
        .note(format!("it was entered{by} at {}", known.entered))
        .hint("take it back with offhost catalog rollback if it must not be there")
}

fn check_limit(limit: u16) -> Result<()> {
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(());
    }
    Err(Diagnostic::error(codes::CAT003, format!("a limit of {limit} generations is not possible"))
        .hint(format!("a base keeps 1 to {LIMIT_MAX}")))
}

fn check_free(file: &CatalogFile, name: &str, folder: &str) -> Result<()> {
    if file.bases.contains_key(name) || file.datasets.contains_key(name) {
        return Err(exists(name));
    }
    match file.bases.iter().find(|(_, base)| base.folder == folder) {
        Some((other, _)) => {
            Err(Diagnostic::error(codes::CAT005, format!("the folder {folder} belongs to the base {other}"))
                .hint("give each base a folder of its own"))
        }
        None => Ok(()),
    }
}
