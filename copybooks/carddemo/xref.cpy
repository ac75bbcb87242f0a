      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Card to account, 50 bytes, key 1-16, alternate key 26-36.
       01  CX-XREF.
           05  CX-CARD-NUMBER          PIC X(16).
           05  CX-CUSTOMER-ID          PIC 9(9).
           05  CX-ACCOUNT-ID           PIC 9(11).
           05  FILLER                  PIC X(14).
