      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Interest rate per group, type and category, 50 bytes, key 1-16.
       01  RG-RATE.
           05  RG-KEY.
               10  RG-GROUP            PIC X(10).
               10  RG-TYPE             PIC XX.
               10  RG-CATEGORY         PIC 9(4).
           05  RG-YEARLY-RATE          PIC S9(4)V99.
           05  FILLER                  PIC X(28).
