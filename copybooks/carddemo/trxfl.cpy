      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Transaction reordered for statements, 350 bytes, key 1-32.
       01  ST-TRANSACTION.
           05  ST-KEY.
               10  ST-CARD-NUMBER      PIC X(16).
               10  ST-ID               PIC X(16).
           05  ST-TYPE                 PIC XX.
           05  ST-CATEGORY             PIC 9(4).
           05  ST-SOURCE               PIC X(10).
           05  ST-TEXT                 PIC X(100).
           05  ST-AMOUNT               PIC S9(9)V99.
           05  ST-MERCHANT-ID          PIC 9(9).
           05  ST-MERCHANT-NAME        PIC X(50).
           05  ST-MERCHANT-CITY        PIC X(50).
           05  ST-MERCHANT-ZIP         PIC X(10).
           05  ST-ORIGINATED           PIC X(26).
           05  ST-POSTED               PIC X(26).
           05  FILLER                  PIC X(20).
