      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Rejected daily transaction with reason trailer, 430 bytes.
       01  RJ-REJECT.
           05  RJ-TRANSACTION          PIC X(350).
           05  RJ-TRAILER.
               10  RJ-REASON           PIC 9(4).
                   88  RJ-UNKNOWN-CARD     VALUE 100.
                   88  RJ-NO-ACCOUNT       VALUE 101.
                   88  RJ-OVER-LIMIT       VALUE 102.
                   88  RJ-EXPIRED          VALUE 103.
               10  RJ-REASON-TEXT      PIC X(76).
