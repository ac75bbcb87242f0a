      * A record of an export whose kind is not known, 132 bytes.
       01  IE-ERROR.
           05  IE-STAMP                PIC X(26).
           05  FILLER                  PIC X VALUE '|'.
           05  IE-KIND                 PIC X.
           05  FILLER                  PIC X VALUE '|'.
           05  IE-SEQUENCE             PIC 9(7).
           05  FILLER                  PIC X VALUE '|'.
           05  IE-MESSAGE              PIC X(50).
           05  FILLER                  PIC X(45) VALUE SPACES.
