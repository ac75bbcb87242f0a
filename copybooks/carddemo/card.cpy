      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Card master, 150 bytes, key 1-16.
       01  CM-CARD.
           05  CM-NUMBER               PIC X(16).
           05  CM-ACCOUNT-ID           PIC 9(11).
           05  CM-CVV                  PIC 9(3).
           05  CM-NAME-ON-CARD         PIC X(50).
           05  CM-EXPIRES              PIC X(10).
           05  CM-STATUS               PIC X.
           05  FILLER                  PIC X(59).
