      * layout from the byte positions of the sample's transaction
      * file; the field names are ours. An asterisk in column 1
      * begins a comment.
       01  TR-TRANSACTION.
           05  TR-CODE                 PIC X(6).
           05  FILLER                  PIC X.
           05  TR-KEY                  PIC X(6).
           05  FILLER                  PIC X(8).
           05  TR-ACTION               PIC X(8).
           05  FILLER                  PIC X.
           05  TR-FIELD                PIC X(10).
           05  FILLER                  PIC X.
           05  TR-SUBSCRIPT            PIC XX.
           05  FILLER                  PIC X.
           05  TR-VALUE                PIC X(36).
