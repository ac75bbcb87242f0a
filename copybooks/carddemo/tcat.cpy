      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Balance per account, type and category, 50 bytes, key 1-17.
       01  CB-CATEGORY-BALANCE.
           05  CB-KEY.
               10  CB-ACCOUNT-ID       PIC 9(11).
               10  CB-TYPE             PIC XX.
               10  CB-CATEGORY         PIC 9(4).
           05  CB-BALANCE              PIC S9(9)V99.
           05  FILLER                  PIC X(22).
