//! Copybooks as schemas of other systems.

use super::*;

const COPYBOOK: &str = "01 CUST-REC.
    05 CUST-NO PIC 9(8). 05 NAME PIC X(20). 05 FILLER PIC X(3).
    05 BALANCE PIC S9(7)V99 COMP-3. 05 STATUS-CODE PIC X. 88 OPEN-ITEM VALUE 'O' 'P'. 88 HIGH VALUE 'X' THRU 'Z'.
    05 RATE PIC VPP9(3). 05 UNITS PIC 9(3)P(3). 05 SERIAL-NO PIC S9(9) COMP-5. 05 WEIGHT COMP-2.
    05 N PIC 99. 05 LINES-G. 10 LINE OCCURS 0 TO 20 DEPENDING ON N. 15 AMT PIC 9(5). 15 TAG PIC XX OCCURS 3.
    05 B1 PIC X(8). 05 FILLER REDEFINES B1. 10 DATE PIC 9(8).
    05 G2. 10 NAME PIC N(5). 10 P POINTER.";

fn schema() -> serde_json::Value {
    to_json_schema(&read(COPYBOOK).0.unwrap())
}

#[test]
fn json_schema_names_every_item_and_its_limits() {
    let schema = schema();
    let at = |path: &str| schema.pointer(path).unwrap_or_else(|| panic!("{path}\n{schema:#}")).to_string();
    assert_eq!(at("/$schema"), "\"http://json-schema.org/draft-07/schema#\"");
    assert_eq!((at("/title"), at("/type")), ("\"CUST-REC\"".into(), "\"object\"".into()));
    assert_eq!(
        (at("/properties/NAME/maxLength"), at("/properties/G2/properties/NAME/maxLength")),
        ("20".into(), "5".into())
    );
    let balance = ["multipleOf", "exclusiveMaximum", "exclusiveMinimum"]
        .map(|key| schema["properties"]["BALANCE"][key].as_f64().unwrap());
    assert_eq!(balance, [0.01, 10_000_000.0, -10_000_000.0]);
    assert_eq!(schema["properties"]["UNITS"]["multipleOf"], 1000);
    assert_eq!(schema["properties"]["UNITS"]["exclusiveMaximum"], 1_000_000);
    assert_eq!(schema["properties"]["RATE"]["multipleOf"].as_f64(), Some(0.00001));
    let lines = "/properties/LINES-G/properties/LINE";
    assert_eq!(
        (at(&format!("{lines}/minItems")), at(&format!("{lines}/maxItems"))),
        ("0".into(), "20".into())
    );
    assert_eq!(at(&format!("{lines}/items/properties/TAG/maxItems")), "3");
    assert_eq!(at("/properties/STATUS-CODE/x-conditions/0/values"), r#"["'O'","'P'"]"#);
    assert_eq!(at("/properties/STATUS-CODE/x-conditions/1/values"), r#"[{"from":"'X'","to":"'Z'"}]"#);
    let date = at("/properties/DATE/type");
    assert_eq!(
        date, r#"["number","null"]"#,
        "members of FILLER stand in its place, and another view may be meant"
    );
    assert!(schema["properties"].get("FILLER").is_none());
}

#[test]
fn several_records_are_forms_of_one_object() {
    let layout = layout("01 A. 05 B PIC X. 01 C PIC 9(3).");
    let schema = to_json_schema(&layout);
    let titles: Vec<&str> =
        schema["oneOf"].as_array().unwrap().iter().map(|f| f["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["A", "C", "bytes between records"]);
    assert_eq!(schema["oneOf"][1]["properties"]["C"]["exclusiveMaximum"], 1000);
    let arrow = to_arrow(&layout);
    assert_eq!(arrow["schema"]["fields"][0]["type"]["name"], "struct");
    assert_eq!(to_sql(&layout).matches("CREATE TABLE").count(), 2);
}

#[test]
fn tables_become_child_tables() {
    let sql = to_sql(&read(COPYBOOK).0.unwrap());
    let expected = [
        "CREATE TABLE \"CUST-REC\" (\n  RECORD_NO BIGINT NOT NULL,\n  \"CUST-NO\" DECIMAL(8),\n  \"CUST-REC_NAME\" CHAR(20),",
        "  BALANCE DECIMAL(9,2),\n",
        "  RATE DECIMAL(5,5),\n  UNITS DECIMAL(6),\n  \"SERIAL-NO\" INTEGER,\n  WEIGHT DOUBLE PRECISION,\n",
        "  \"DATE\" DECIMAL(8),\n  G2_NAME NCHAR(5),\n  P BINARY(4),\n  PRIMARY KEY (RECORD_NO)\n);\n",
        "CREATE TABLE \"CUST-REC_LINE\" (\n  RECORD_NO BIGINT NOT NULL,\n  LINE_NO INTEGER NOT NULL,\n  AMT DECIMAL(5),\n",
        "CREATE TABLE \"CUST-REC_LINE_TAG\" (\n  RECORD_NO BIGINT NOT NULL,\n  LINE_NO INTEGER NOT NULL,\n  \
         TAG_NO INTEGER NOT NULL,\n  TAG CHAR(2),\n  PRIMARY KEY (RECORD_NO, LINE_NO, TAG_NO),\n  \
         FOREIGN KEY (RECORD_NO, LINE_NO) REFERENCES \"CUST-REC_LINE\" (RECORD_NO, LINE_NO)\n);\n",
    ];
    for part in expected {
        assert!(sql.contains(part), "{part}\n-- in --\n{sql}");
    }
}

#[test]
fn arrow_types_hold_every_number() {
    let arrow = to_arrow(&read(COPYBOOK).0.unwrap());
    let fields = arrow["schema"]["fields"].as_array().unwrap();
    let kind = |name: &str| {
        fields.iter().find(|field| field["name"] == name).map(|f| f["type"].to_string()).unwrap()
    };
    assert_eq!(kind("NAME"), r#"{"name":"utf8"}"#);
    assert_eq!(kind("BALANCE"), r#"{"bitWidth":128,"name":"decimal","precision":9,"scale":2}"#);
    assert_eq!(kind("UNITS"), r#"{"bitWidth":128,"name":"decimal","precision":6,"scale":0}"#);
    assert_eq!(kind("RATE"), r#"{"bitWidth":128,"name":"decimal","precision":5,"scale":5}"#);
    assert_eq!(kind("SERIAL-NO"), r#"{"bitWidth":32,"isSigned":true,"name":"int"}"#);
    assert_eq!(kind("WEIGHT"), r#"{"name":"floatingpoint","precision":"DOUBLE"}"#);
    let lines = fields.iter().find(|field| field["name"] == "LINES-G").unwrap();
    assert_eq!(lines["children"][0]["type"]["name"], "list");
    assert_eq!(lines["children"][0]["children"][0]["type"]["name"], "struct");
}
