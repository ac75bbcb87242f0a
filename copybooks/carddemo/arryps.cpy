      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Account array extract, 110 bytes, packed inside OCCURS.
       01  PA-ACCOUNT.
           05  PA-ID                   PIC 9(11).
           05  PA-SLOT OCCURS 5 TIMES.
               10  PA-BALANCE          PIC S9(10)V99.
               10  PA-CYCLE-DEBIT      PIC S9(10)V99 COMP-3.
           05  PA-REST                 PIC X(4).
