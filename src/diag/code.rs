//! The list of diagnostic codes. A code never changes its meaning; `docs/errors.md` lists them for users.

/// What kind of trouble a code stands for; it decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// The command line is wrong.
    Usage = 64,
    /// A job, copybook, rules file or control card is wrong.
    BadSpecification = 65,
    /// An input is not there.
    InputMissing = 66,
    /// The job's own return code, 1 to 63, is the exit status; this one stands for all of them in lists.
    ReturnCode = 16,
    /// A defect of offhost itself.
    Bug = 70,
    /// An output exists and must not be replaced, or cannot be made.
    OutputExists = 73,
    /// The operating system failed us.
    Io = 74,
    /// Somebody else holds it; try again.
    Busy = 75,
    /// It has been done already.
    AlreadyDone = 76,
    /// A path leaves the root, or access is denied.
    NotPermitted = 77,
    /// Settings of this installation are wrong.
    Config = 78,
    /// Data that is not what its copybook says (S0C7 on the mainframe).
    DataException = 80,
    /// A file does not have the attributes stated for it (S013).
    AttributeMismatch = 81,
    /// No space left (SB37).
    NoSpace = 82,
    /// Longer than allowed (S322).
    TimeLimit = 85,
    /// More memory than allowed (S878).
    MemoryLimit = 86,
    /// Control totals do not agree.
    OutOfBalance = 87,
    /// More rejects than the job allows.
    RejectThreshold = 88,
    /// The job's own rules said stop (Unnnn).
    UserAbend = 89,
    /// What a run was begun with is not there any more.
    InputsChanged = 90,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM (S222).
    Terminated = 143,
}

impl Class {
    /// The process exit status.
    pub fn exit_status(self) -> u8 {
        self as u8
    }
}

/// A stable diagnostic code such as `CPY014`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    id: &'static str,
    class: Class,
    title: &'static str,
}

impl Code {
    /// The code as shown.
    pub fn id(self) -> &'static str {
        self.id
    }

    /// The kind of trouble.
    pub fn class(self) -> Class {
        self.class
    }

    /// What the code means, in a few words.
    pub fn title(self) -> &'static str {
        self.title
    }
}

macro_rules! codes {
    ($($id:ident $class:ident $title:literal;)*) => {
        pub(super) mod constants {
            use super::{Class, Code};
            $(#[doc = $title] pub const $id: Code = Code { id: stringify!($id), class: Class::$class, title: $title };)*
        }
        /// Every code, in order.
        pub const ALL: &[Code] = &[$(constants::$id),*];
    };
}

codes! {
    CPY001 BadSpecification "a character that COBOL does not know";
    CPY002 BadSpecification "a literal that does not end";
    CPY003 BadSpecification "an entry that does not begin with a level number";
    CPY004 BadSpecification "a level number outside 01-49, 66, 77, 88";
    CPY005 BadSpecification "a clause that is not known or not supported";
    CPY006 BadSpecification "a clause given twice or clauses that exclude each other";
    CPY007 BadSpecification "a clause that lacks its operand";
    CPY008 BadSpecification "an entry that does not end with a period";
    CPY009 BadSpecification "a PICTURE that is not valid";
    CPY010 BadSpecification "a PICTURE that does not fit its USAGE or SIGN";
    CPY011 BadSpecification "an elementary item without PICTURE, or a group with one";
    CPY012 BadSpecification "too many digits";
    CPY013 BadSpecification "a level number that does not fit the structure";
    CPY014 BadSpecification "a REDEFINES that is not valid";
    CPY015 BadSpecification "an OCCURS that is not valid";
    CPY016 BadSpecification "a DEPENDING ON that is not valid";
    CPY017 BadSpecification "a record that is too long";
    CPY018 BadSpecification "a RENAMES that is not valid";
    CPY019 BadSpecification "a condition name that is not valid";
    CPY020 BadSpecification "a VALUE that does not fit its item";
    CPY021 BadSpecification "a copybook without any data description";
    CPY022 BadSpecification "a copybook that is too large";
    CPY023 BadSpecification "something odd in a copybook that still has a meaning";
    CPY024 BadSpecification "a line that continues nothing";
    CPY030 BadSpecification "a COPY or REPLACE statement that is not valid";
    CPY031 BadSpecification "a member that was not found";
    CPY032 BadSpecification "a member that copies itself";
    CPY033 BadSpecification "a copybook that is not text";

    EXP001 BadSpecification "an expression that cannot be read";
    EXP002 BadSpecification "a name that is not known here";
    EXP003 BadSpecification "a name that means more than one field";
    EXP004 BadSpecification "operands of types that do not go together";
    EXP005 BadSpecification "a subscript or reference modification that does not fit";
    EXP006 BadSpecification "a literal that cannot be used here";
    EXP007 BadSpecification "an expression nested too deeply";
    EXP008 BadSpecification "a function that is not known, or with other arguments than it takes";

    JOB001 BadSpecification "a job file that is not valid YAML of our subset";
    JOB002 BadSpecification "a field of the job file that is missing or not known";
    JOB003 BadSpecification "a name that is not well formed";
    JOB004 BadSpecification "a name given twice";
    JOB005 BadSpecification "a dataset that is not declared";
    JOB006 BadSpecification "a record description that is not usable";
    JOB007 BadSpecification "steps that wait for each other";
    JOB008 BadSpecification "a dataset with two writers";
    JOB009 BadSpecification "a dataset that nobody writes or that is written and read as an input";
    JOB010 BadSpecification "a parameter that is missing, not known or of the wrong type";
    JOB011 BadSpecification "an interpolation that cannot be resolved";
    JOB012 BadSpecification "a step without an operator, or with two";
    JOB013 BadSpecification "records whose lengths do not fit";
    JOB014 BadSpecification "a total or an identity that is not valid";
    JOB015 BadSpecification "keys that cannot be compared";
    JOB016 BadSpecification "a source file that was not found";
    JOB017 BadSpecification "a job file that is too large or not text";
    JOB018 BadSpecification "a key or a piece of a record that cannot be made";
    JOB040 BadSpecification "a condition or a limit that cannot be read";
    JOB041 BadSpecification "something of a step that may not have run";
    JOB042 BadSpecification "a step that would add once for every attempt";
    JOB050 BadSpecification "an alert that cannot be sent";

    RPT001 BadSpecification "a line of a report that does not fit";
    RPT002 BadSpecification "a column or item of a report that cannot be made";

    RUL001 BadSpecification "an action without a verb, or with two";
    RUL002 BadSpecification "a master or output that the step does not bind";
    RUL003 BadSpecification "a field that may not be changed here";
    RUL004 BadSpecification "an operand that the verb does not take";
    RUL005 BadSpecification "a master that is used before it was looked up";
    RUL006 BadSpecification "a reject that has nowhere to go";
    RUL007 BadSpecification "a paragraph that no rule performs";

    BAL001 OutOfBalance "debits and credits that do not agree";
    BAL002 OutOfBalance "a posting that is neither debit nor credit";
    BAL003 OutOfBalance "what comes in and what goes out does not agree";

    CTL001 BadSpecification "cards that do not continue as they say";
    CTL002 BadSpecification "text that no statement has";
    CTL003 BadSpecification "a constant that is not valid";
    CTL004 BadSpecification "a statement that cannot be read";
    CTL005 BadSpecification "a value that an operand does not take";
    CTL006 BadSpecification "a statement that is not known or not supported";
    CTL007 BadSpecification "an operand that the statement does not have";
    CTL008 BadSpecification "a statement or operand given twice";
    CTL009 BadSpecification "a statement or operand that is missing";
    CTL010 BadSpecification "operands that do not go together";
    CTL011 BadSpecification "a data format that is not valid here";
    CTL012 BadSpecification "a comparison that is not possible";
    CTL013 BadSpecification "fields that overlap";
    CTL014 BadSpecification "a symbol that is not valid";

    CAL001 BadSpecification "a calendar that is not valid";
    CAL002 Config "a date that the calendar does not cover";
    CAL003 BadSpecification "a business date that is no business day";

    ARC001 Io "something in the archive that is damaged";
    ARC002 InputMissing "a content that the archive does not have";
    ARC003 AttributeMismatch "an input that changed while it was archived and read";
    ARC004 InputMissing "a run that cannot be done again: texts or inputs are gone or changed";
    ARC005 OutputExists "a place for a replay that is not empty";
    ARC006 InputMissing "a file that no run published";
    ARC007 AttributeMismatch "a file that is not what was published";
    ARC008 Busy "a run that is held in the archive, or is not";

    CAT001 Io "a catalog that cannot be understood, or is gone";
    CAT002 InputMissing "a generation that does not exist";
    CAT003 BadSpecification "a reference to a generation that is not valid";
    CAT004 Busy "generations that changed since the plan was made";
    CAT005 OutputExists "a name or folder that is in the catalog already";
    CAT006 AttributeMismatch "a generation that is not what was cataloged";
    CAT007 InputMissing "a name that is not in the catalog";
    CAT008 Usage "a change of the catalog that nobody confirmed";
    CAT009 OutputExists "a generation that later ones follow";

    DIF001 BadSpecification "a rule of a comparison that is not valid";
    DIF002 BadSpecification "records that cannot be compared";
    DIF003 BadSpecification "a history of comparisons that cannot be read";
    DIF004 InputMissing "a file of a run that is no longer what the run published";
    DIF005 BadSpecification "a manifest of comparisons that is not valid";

    DAT001 DataException "a numeric field with an invalid digit or sign";
    DAT002 AttributeMismatch "a file whose size is not a multiple of its record length";
    DAT003 AttributeMismatch "a record descriptor word that is impossible";
    DAT004 AttributeMismatch "a file that ends inside a record";
    DAT005 AttributeMismatch "a record shorter or longer than its copybook";
    DAT006 DataException "a table counter that is not a number or out of range";
    DAT007 DataException "records out of order";
    DAT008 DataException "a key that occurs twice and must not";
    DAT009 DataException "a result that does not fit its field (SIZE ERROR)";
    DAT010 DataException "a character that the code page does not have";
    DAT011 DataException "a key that has more partners than the match allows";
    DAT012 DataException "a master record that is missing";
    DAT013 DataException "a subscript out of range";
    DAT014 DataException "a division by zero";
    DAT015 AttributeMismatch "a line longer than the record";
    DAT016 AttributeMismatch "a file that changed while it was read";
    DAT017 AttributeMismatch "a record that its record format cannot hold";
    DAT018 DataException "a value that does not fit its field";
    DAT019 DataException "a record of no known kind";
    DAT020 DataException "a line that is no record";
    DAT021 DataException "a conversion that does not give its file back";
    DAT022 DataException "a field that records of this kind do not have";
    DAT023 DataException "a record without its parent";
    DAT024 DataException "an argument that has no meaning";

    CTL101 InputMissing "a DD that is missing";
    CTL102 AttributeMismatch "records that do not fit the DD they are written to";
    CTL103 AttributeMismatch "inputs or statements whose record formats do not go together";
    CTL104 DataException "a variable-length record that is too short for a control field";
    CTL105 DataException "records of a MERGE or a sorted join that are not in order";
    CTL106 DataException "an event for which the options ask to stop";
    CTL107 DataException "a field of SUM whose bytes are no number";
    CTL120 DataException "a value that CHANGE does not know";
    CTL121 DataException "text that FINDREP moves behind the end of a record";
    CTL122 AttributeMismatch "lines of a report that do not fit its records";
    CTL123 AttributeMismatch "a report whose page is too short for its headers and trailers";

    RPT101 DataException "a value that its column or item of a report does not show";
    RPT102 DataException "a total that its picture does not show";

    RUN001 InputMissing "an input that does not exist";
    RUN002 OutputExists "an output that exists already";
    RUN003 NotPermitted "a path outside the root";
    RUN004 Io "a failure of the file system";
    RUN005 NoSpace "no space left";
    RUN006 OutOfBalance "control totals that do not agree";
    RUN007 OutOfBalance "a trailer that does not agree with its file";
    RUN008 RejectThreshold "too many rejects";
    RUN009 UserAbend "a rule said stop";
    RUN010 Bug "an internal check that failed";
    RUN011 NotPermitted "access denied";
    RUN012 OutOfBalance "records lost, doubled or altered between two steps";
    RUN013 Usage "a command line that is not valid";
    RUN014 Busy "a run that somebody else is working on";
    RUN015 OutputExists "an output that cannot be made";
    RUN016 Io "a work file that is not what was written";
    RUN030 AlreadyDone "a run that is complete already";
    RUN031 InputsChanged "an input that changed since the run began";
    RUN032 InputsChanged "a job that changed since the run began";
    RUN033 InputsChanged "an output of a finished step that is not what was written";
    RUN034 OutputExists "a target that changed since the run began";
    RUN035 Io "a journal or a frozen plan that is not what was written";
    RUN036 Busy "a dataset that another run has";
    RUN037 TimeLimit "a run that took too long";
    RUN038 MemoryLimit "a step that needs more memory than the limit";
    RUN039 NoSpace "temporary data or outputs beyond their limit";
    RUN040 InputMissing "a run that is not known";
    RUN041 Interrupted "a run that was interrupted";
    RUN042 Terminated "a run that was told to end";
    RUN043 ReturnCode "a return code above the max-rc of its step";
    RUN044 Busy "a clock that was set back";
    RUN045 AlreadyDone "a run that was given up";
    RUN046 AlreadyDone "a step that would be posted twice";
    RUN047 InputsChanged "an input that is not what runs kept by an earlier attempt were made of";
    RUN048 InputsChanged "an input that is not what its hash in the plan says";
    RUN050 Io "an alert that was not delivered";

    PGM001 NotPermitted "a program that the root does not allow";
    PGM002 Config "a policy of the root that is not valid";
    PGM003 InputMissing "a program that cannot be started";
    PGM004 UserAbend "a program that was ended by a signal";
    PGM005 TimeLimit "a program that took too long";
    PGM006 NoSpace "a program that said too much";
    PGM007 ReturnCode "a program with a return code above its max-rc";
    PGM008 AttributeMismatch "a program that did not write an output";
    PGM011 NotPermitted "a program that is not the one that the root allows";
    PGM012 BadSpecification "a run step that is not valid";

    WHY001 InputMissing "a run that is not known";
    WHY002 AttributeMismatch "an input or a text that is not what the run read";
    WHY003 Usage "a key that cannot be looked for";
    WHY004 InputMissing "a posting or reject that was not found";
    WHY005 AttributeMismatch "a step that does not write again what the run wrote";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique() {
        let mut ids: Vec<_> = ALL.iter().map(|code| code.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
    }
}
