      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Branch export, 500 bytes, kind in byte 1, key 28-31.
       01  EX-EXPORT.
           05  EX-KIND                 PIC X.
               88  EX-IS-CUSTOMER      VALUE 'C'.
               88  EX-IS-ACCOUNT       VALUE 'A'.
               88  EX-IS-XREF          VALUE 'X'.
               88  EX-IS-TRANSACTION   VALUE 'T'.
               88  EX-IS-CARD          VALUE 'D'.
           05  EX-STAMP                PIC X(26).
           05  EX-STAMP-PARTS REDEFINES EX-STAMP.
               10  EX-STAMP-DATE       PIC X(10).
               10  FILLER              PIC X.
               10  EX-STAMP-TIME       PIC X(15).
           05  EX-SEQUENCE             PIC 9(9) COMP.
           05  EX-BRANCH               PIC X(4).
           05  EX-REGION               PIC X(5).
           05  EX-BODY                 PIC X(460).
           05  EX-CUSTOMER REDEFINES EX-BODY.
               10  EC-ID               PIC 9(9) COMP.
               10  EC-NAME             PIC X(25) OCCURS 3 TIMES.
               10  EC-ADDRESS.
                   15  EC-LINE         PIC X(50) OCCURS 3 TIMES.
               10  EC-STATE            PIC XX.
               10  EC-COUNTRY          PIC XXX.
               10  EC-ZIP              PIC X(10).
               10  EC-PHONE            PIC X(15) OCCURS 2 TIMES.
               10  EC-SSN              PIC 9(9).
               10  EC-GOVERNMENT-ID    PIC X(20).
               10  EC-BORN             PIC X(10).
               10  EC-EFT-ACCOUNT      PIC X(10).
               10  EC-PRIMARY-HOLDER   PIC X.
               10  EC-SCORE            PIC 9(3) COMP-3.
               10  FILLER              PIC X(134).
           05  EX-ACCOUNT REDEFINES EX-BODY.
               10  EA-ID               PIC 9(11).
               10  EA-STATUS           PIC X.
               10  EA-BALANCE          PIC S9(10)V99 COMP-3.
               10  EA-LIMIT            PIC S9(10)V99.
               10  EA-CASH-LIMIT       PIC S9(10)V99 COMP-3.
               10  EA-OPENED           PIC X(10).
               10  EA-EXPIRES          PIC X(10).
               10  EA-REISSUED         PIC X(10).
               10  EA-CYCLE-CREDIT     PIC S9(10)V99.
               10  EA-CYCLE-DEBIT      PIC S9(10)V99 COMP.
               10  EA-ZIP              PIC X(10).
               10  EA-RATE-GROUP       PIC X(10).
               10  FILLER              PIC X(352).
           05  EX-TRANSACTION REDEFINES EX-BODY.
               10  ET-ID               PIC X(16).
               10  ET-TYPE             PIC XX.
               10  ET-CATEGORY         PIC 9(4).
               10  ET-SOURCE           PIC X(10).
               10  ET-TEXT             PIC X(100).
               10  ET-AMOUNT           PIC S9(9)V99 COMP-3.
               10  ET-MERCHANT-ID      PIC 9(9) COMP.
               10  ET-MERCHANT-NAME    PIC X(50).
               10  ET-MERCHANT-CITY    PIC X(50).
               10  ET-MERCHANT-ZIP     PIC X(10).
               10  ET-CARD-NUMBER      PIC X(16).
               10  ET-ORIGINATED       PIC X(26).
               10  ET-POSTED           PIC X(26).
               10  FILLER              PIC X(140).
           05  EX-XREF REDEFINES EX-BODY.
               10  EXR-CARD-NUMBER     PIC X(16).
               10  EXR-CUSTOMER-ID     PIC 9(9).
               10  EXR-ACCOUNT-ID      PIC 9(11) COMP.
               10  FILLER              PIC X(427).
           05  EX-CARD REDEFINES EX-BODY.
               10  ED-NUMBER           PIC X(16).
               10  ED-ACCOUNT-ID       PIC 9(11) COMP.
               10  ED-CVV              PIC 9(3) COMP.
               10  ED-NAME-ON-CARD     PIC X(50).
               10  ED-EXPIRES          PIC X(10).
               10  ED-STATUS           PIC X.
               10  FILLER              PIC X(373).
