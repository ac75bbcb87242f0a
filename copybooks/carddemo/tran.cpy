      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Daily and posted transaction (same layout), 350 bytes, key 1-16.
       01  TX-TRANSACTION.
           05  TX-ID                   PIC X(16).
           05  TX-TYPE                 PIC XX.
           05  TX-CATEGORY             PIC 9(4).
           05  TX-SOURCE               PIC X(10).
           05  TX-TEXT                 PIC X(100).
           05  TX-AMOUNT               PIC S9(9)V99.
           05  TX-MERCHANT-ID          PIC 9(9).
           05  TX-MERCHANT-NAME        PIC X(50).
           05  TX-MERCHANT-CITY        PIC X(50).
           05  TX-MERCHANT-ZIP         PIC X(10).
           05  TX-CARD-NUMBER          PIC X(16).
           05  TX-ORIGINATED           PIC X(26).
           05  TX-POSTED               PIC X(26).
           05  FILLER                  PIC X(20).
