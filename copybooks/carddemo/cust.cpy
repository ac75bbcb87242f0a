      * layout from the byte positions of
      * the CardDemo files; the field names are ours.
      * Customer master, 500 bytes, key 1-9.
       01  CU-CUSTOMER.
           05  CU-ID                   PIC 9(9).
           05  CU-NAME.
               10  CU-NAME-FIRST       PIC X(25).
               10  CU-NAME-MIDDLE      PIC X(25).
               10  CU-NAME-LAST        PIC X(25).
           05  CU-ADDRESS-LINE         PIC X(50) OCCURS 3 TIMES.
           05  CU-STATE                PIC XX.
           05  CU-COUNTRY              PIC XXX.
           05  CU-ZIP                  PIC X(10).
           05  CU-PHONE                PIC X(15) OCCURS 2 TIMES.
           05  CU-SSN                  PIC 9(9).
           05  CU-GOVERNMENT-ID        PIC X(20).
           05  CU-BORN                 PIC X(10).
           05  CU-EFT-ACCOUNT          PIC X(10).
           05  CU-PRIMARY-HOLDER       PIC X.
           05  CU-SCORE                PIC 9(3).
           05  FILLER                  PIC X(168).
