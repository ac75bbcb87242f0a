      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Account master, 300 bytes, key 1-11.
       01  AM-ACCOUNT.
           05  AM-ID                   PIC 9(11).
           05  AM-STATUS               PIC X.
               88  AM-OPEN             VALUE 'Y'.
           05  AM-BALANCE              PIC S9(10)V99.
           05  AM-LIMIT                PIC S9(10)V99.
           05  AM-CASH-LIMIT           PIC S9(10)V99.
           05  AM-OPENED               PIC X(10).
           05  AM-EXPIRES              PIC X(10).
           05  AM-REISSUED             PIC X(10).
           05  AM-CYCLE-CREDIT         PIC S9(10)V99.
           05  AM-CYCLE-DEBIT          PIC S9(10)V99.
           05  AM-ZIP                  PIC X(10).
           05  AM-RATE-GROUP           PIC X(10).
           05  FILLER                  PIC X(178).
