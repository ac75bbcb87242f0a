      *================================================================*
      * RECEIPT - BANK RECEIPT FILE: ONE HEADER (H), DETAILS (D) IN    *
      * ORDER OF ARRIVAL, ONE TRAILER (T).                             *
      * FIXED, 250 BYTES. RC-TYPE AND RC-BATCH ARE COMMON TO ALL THREE *
      * RECORD TYPES, THE REMAINING 237 BYTES ARE REDEFINED.           *
      *================================================================*
       01  RECEIPT-RECORD.
           05  RC-TYPE                   PIC X.
               88  RC-IS-HEADER          VALUE 'H'.
               88  RC-IS-DETAIL          VALUE 'D'.
               88  RC-IS-TRAILER         VALUE 'T'.
           05  RC-BATCH                  PIC X(12).
           05  RC-HEADER.
               10  RC-FILE-ID            PIC X(20).
               10  RC-BANK               PIC X(11).
      *        YYYYMMDDHHMMSS
               10  RC-CREATED            PIC 9(14).
               10  RC-FILE-SEQ           PIC 9(9).
               10  FILLER                PIC X(183).
           05  RC-DETAIL                 REDEFINES RC-HEADER.
               10  RC-SEQ                PIC 9(7).
      *        LBX, ACH, WIR, RTP, CRD
               10  RC-CHANNEL            PIC X(3).
               10  RC-RECV-DATE          PIC 9(8).
               10  RC-VALUE-DATE         PIC 9(8).
               10  RC-CURRENCY           PIC X(3).
               10  RC-AMOUNT             PIC S9(11)V99 COMP-3.
               10  RC-KIND               PIC X.
                   88  RC-RECEIPT        VALUE 'C'.
                   88  RC-RETURN         VALUE 'R'.
               10  RC-TRACE              PIC X(22).
               10  RC-CHECK-NO           PIC X(10).
               10  RC-PAYER-RTN          PIC 9(9).
               10  RC-PAYER-ACCT         PIC X(34).
               10  RC-PAYER-NAME         PIC X(40).
      *        DOCUMENT NUMBER THE PAYER QUOTES, BLANK IF NONE
               10  RC-CUST-REF           PIC X(16).
               10  RC-ORIG-TRACE         PIC X(22).
               10  RC-RETURN-CODE        PIC X(4).
               10  RC-REMIT-PARTS        PIC 9(5) COMP-3.
               10  RC-OUR-ACCT           PIC X(20).
      *        THE CUSTOMER THE BANK IDENTIFIED
               10  RC-COMPANY            PIC X(4).
               10  RC-CUST-NO            PIC 9(10).
               10  FILLER                PIC X(6).
           05  RC-TRAILER                REDEFINES RC-HEADER.
      *        NUMBER OF DETAILS, AND THEIR AMOUNTS OVER ALL CURRENCIES
               10  RC-T-COUNT            PIC 9(9).
               10  RC-T-AMOUNT           PIC S9(15)V99 COMP-3.
      *        SUM OF THE FIRST 8 DIGITS OF RC-PAYER-RTN, LOW-ORDER 18
               10  RC-T-HASH             PIC 9(18) COMP-3.
               10  FILLER                PIC X(209).
