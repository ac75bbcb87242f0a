      *================================================================*
      * ARREJECT - REJECTED RECORD WITH ITS REASON AND ITS ORIGINAL    *
      * BYTES, SO THAT A CORRECTED RECORD CAN BE RUN AGAIN.            *
      * VARIABLE, 104 TO 4199 BYTES OF DATA (103 FIXED AND THE IMAGE), *
      * 4 MORE WITH THE RECORD DESCRIPTOR WORD IN FRONT.               *
      *================================================================*
       01  ARREJECT-RECORD.
           05  RJ-RUN-ID                 PIC X(14).
           05  RJ-STEP                   PIC X(8).
           05  RJ-SOURCE                 PIC X(8).
           05  RJ-REC-NO                 PIC 9(9).
           05  RJ-CODE                   PIC X(24).
           05  RJ-FIELD                  PIC X(30).
           05  RJ-SEVERITY               PIC X.
           05  RJ-AMOUNT                 PIC S9(11)V99 COMP-3.
           05  RJ-IMG-LEN                PIC 9(4) COMP.
           05  RJ-IMAGE.
               10  RJ-IMAGE-BYTE         PIC X
                                         OCCURS 1 TO 4096 TIMES
                                         DEPENDING ON RJ-IMG-LEN.
