      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Two record kinds in one VB file, 12 and 39 bytes after the RDW.
       01  PV-SHORT.
           05  PV1-ID                  PIC 9(11).
           05  PV1-STATUS              PIC X.
       01  PV-LONG.
           05  PV2-ID                  PIC 9(11).
           05  PV2-BALANCE             PIC S9(10)V99.
           05  PV2-LIMIT               PIC S9(10)V99.
           05  PV2-REISSUE-YEAR        PIC X(4).
