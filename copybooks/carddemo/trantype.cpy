      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Transaction type names, 60 bytes, key 1-2.
       01  TT-TYPE.
           05  TT-CODE                 PIC XX.
           05  TT-NAME                 PIC X(50).
           05  FILLER                  PIC X(8).
