      *================================================================*
      * POSTING - LEDGER POSTING LINE                                  *
      * FIXED, 200 BYTES.                                              *
      *================================================================*
       01  POSTING-RECORD.
           05  PO-RUN-ID                 PIC X(14).
           05  PO-BATCH                  PIC X(12).
           05  PO-SEQ                    PIC 9(9) COMP.
           05  PO-LINE                   PIC 9(5) COMP-3.
           05  PO-COMPANY                PIC X(4).
           05  PO-LEDGER                 PIC X(2).
           05  PO-POST-DATE              PIC 9(8).
           05  PO-PERIOD                 PIC 9(6).
           05  PO-ACCOUNT                PIC X(10).
           05  PO-CUST-NO                PIC 9(10).
           05  PO-DOC-NO                 PIC X(16).
           05  PO-DR-CR                  PIC X.
               88  PO-DEBIT              VALUE 'D'.
               88  PO-CREDIT             VALUE 'C'.
           05  PO-CURRENCY               PIC X(3).
           05  PO-AMOUNT                 PIC S9(13)V99 COMP-3.
           05  PO-BASE-AMT               PIC S9(13)V99 COMP-3.
           05  PO-RATE                   PIC 9(5)V9(7) COMP-3.
           05  PO-TRACE                  PIC X(22).
           05  PO-RULE                   PIC X(12).
           05  PO-REASON                 PIC X(3).
           05  PO-SRC-SEQ                PIC 9(7).
           05  FILLER                    PIC X(40).
