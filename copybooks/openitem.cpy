      *================================================================*
      * OPENITEM - OPEN ITEM RECORD, ACCOUNTS RECEIVABLE               *
      * FIXED, 200 BYTES. SORTED BY OI-KEY (COMPANY, CUSTOMER),        *
      * OI-DUE-DATE AND OI-DOC-NO.                                     *
      *================================================================*
       01  OPENITEM-RECORD.
           05  OI-KEY.
               10  OI-COMPANY            PIC X(4).
               10  OI-CUST-NO            PIC 9(10).
           05  OI-DUE-DATE               PIC 9(8).
           05  OI-DOC-NO                 PIC X(16).
      *    IN INVOICE, CM CREDIT MEMO, DM DEBIT MEMO, CB CHARGEBACK,
      *    OA ON ACCOUNT, FC FINANCE CHARGE
           05  OI-DOC-TYPE               PIC X(2).
           05  OI-DOC-DATE               PIC 9(8).
           05  OI-CURRENCY               PIC X(3).
      *    CREDITS ARE NEGATIVE; 0 <= OPEN <= ORIG FOR ALL OTHERS
           05  OI-ORIG-AMT               PIC S9(11)V99 COMP-3.
           05  OI-OPEN-AMT               PIC S9(11)V99 COMP-3.
           05  OI-OPEN-BASE              PIC S9(11)V99 COMP-3.
           05  OI-DISC-PCT               PIC 9(2)V9(3) COMP-3.
           05  OI-DISC-DAYS              PIC 9(3) COMP-3.
           05  OI-TERMS                  PIC X(4).
           05  OI-STATUS                 PIC X.
               88  OI-OPEN               VALUE 'O'.
               88  OI-PAID               VALUE 'P'.
               88  OI-DISPUTED           VALUE 'D'.
               88  OI-PARTIAL            VALUE 'R'.
           05  OI-DISPUTE-AMT            PIC S9(9)V99 COMP-3.
           05  OI-PO-NO                  PIC X(20).
           05  OI-ORDER-NO               PIC X(12).
           05  OI-STMT-NO                PIC X(10).
           05  OI-SHIP-NO                PIC X(12).
           05  OI-REASON                 PIC X(3).
           05  OI-LAST-PAY-ID            PIC X(20).
           05  OI-SEQ                    PIC 9(9) COMP.
           05  FILLER                    PIC X(31).
