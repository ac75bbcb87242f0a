      * A line of the list of category balances, 40 bytes.
       01  BL-LINE.
           05  BL-ACCOUNT-ID           PIC 9(11).
           05  FILLER                  PIC X VALUE SPACE.
           05  BL-TYPE                 PIC XX.
           05  FILLER                  PIC X VALUE SPACE.
           05  BL-CATEGORY             PIC 9(4).
           05  FILLER                  PIC X VALUE SPACE.
           05  BL-BALANCE              PIC 9(9).99.
           05  FILLER                  PIC X(8) VALUE SPACES.
