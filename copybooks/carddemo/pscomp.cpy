      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Account extract, 107 bytes, one packed field.
       01  PC-ACCOUNT.
           05  PC-ID                   PIC 9(11).
           05  PC-STATUS               PIC X.
           05  PC-BALANCE              PIC S9(10)V99.
           05  PC-LIMIT                PIC S9(10)V99.
           05  PC-CASH-LIMIT           PIC S9(10)V99.
           05  PC-OPENED               PIC X(10).
           05  PC-EXPIRES              PIC X(10).
           05  PC-REISSUED             PIC X(10).
           05  PC-CYCLE-CREDIT         PIC S9(10)V99.
           05  PC-CYCLE-DEBIT          PIC S9(10)V99 COMP-3.
           05  PC-CYCLE-DEBIT-BYTES REDEFINES PC-CYCLE-DEBIT
                                       PIC X(7).
           05  PC-RATE-GROUP           PIC X(10).
