      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Transaction category names, 60 bytes, key 1-6.
       01  TC-CATEGORY.
           05  TC-KEY.
               10  TC-TYPE             PIC XX.
               10  TC-CODE             PIC 9(4).
           05  TC-NAME                 PIC X(50).
           05  FILLER                  PIC X(4).
