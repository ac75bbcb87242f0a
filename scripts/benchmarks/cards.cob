      * The card posting of jobs/carddemo/posting.yaml as a COBOL
      * program over indexed files, for a comparison of speed.
      * Argument: LOAD (flat files to indexed ones), POST, UNLOAD.
       IDENTIFICATION DIVISION.
       PROGRAM-ID. CARDS.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT DALYTRAN ASSIGN TO "dalytran.seq".
           SELECT DALYREJS ASSIGN TO "dalyrejs.seq".
           SELECT FLAT50 ASSIGN TO WS-NAME.
           SELECT FLAT300 ASSIGN TO WS-NAME.
           SELECT TRANSACT ASSIGN TO "transact.ksds"
               ORGANIZATION INDEXED ACCESS RANDOM
               RECORD KEY TO-ID FILE STATUS WS-STATUS.
           SELECT XREF ASSIGN TO "xref.ksds"
               ORGANIZATION INDEXED ACCESS DYNAMIC
               RECORD KEY CX-CARD-NUMBER.
           SELECT ACCT ASSIGN TO "acct.ksds"
               ORGANIZATION INDEXED ACCESS DYNAMIC
               RECORD KEY AM-ID.
           SELECT TCAT ASSIGN TO "tcat.ksds"
               ORGANIZATION INDEXED ACCESS DYNAMIC
               RECORD KEY CB-KEY.
       DATA DIVISION.
       FILE SECTION.
       FD  DALYTRAN.
           COPY "tran.cpy".
       FD  DALYREJS.
           COPY "dalyrejs.cpy".
       FD  FLAT50.
       01  FLAT50-REC              PIC X(50).
       FD  FLAT300.
       01  FLAT300-REC             PIC X(300).
       FD  TRANSACT.
           COPY "tran.cpy" REPLACING LEADING ==TX-== BY ==TO-==.
       FD  XREF.
           COPY "xref.cpy".
       FD  ACCT.
           COPY "acct.cpy".
       FD  TCAT.
           COPY "tcat.cpy".
       WORKING-STORAGE SECTION.
       01  WS-MODE                 PIC X(6).
       01  WS-NAME                 PIC X(12).
       01  WS-STATUS               PIC XX.
       01  WS-END                  PIC X VALUE 'N'.
           88  AT-END-OF-FILE      VALUE 'Y' FALSE 'N'.
       01  WS-FOUND                PIC X.
           88  IS-FOUND            VALUE 'Y' FALSE 'N'.
       01  WS-EXPOSURE             PIC S9(9)V99.
       01  WS-REASON               PIC 9(4).
       01  WS-REASON-TEXT          PIC X(76).
       01  WS-POSTED               PIC X(26)
           VALUE '2022-07-01-03.15.00.000000'.
       PROCEDURE DIVISION.
       MAIN.
           ACCEPT WS-MODE FROM COMMAND-LINE.
           EVALUATE WS-MODE
               WHEN 'LOAD'   PERFORM LOAD
               WHEN 'POST'   PERFORM POST
               WHEN 'UNLOAD' PERFORM UNLOAD
           END-EVALUATE.
           STOP RUN.

       POST.
           OPEN INPUT DALYTRAN XREF I-O ACCT TCAT
                OUTPUT TRANSACT DALYREJS.
           PERFORM UNTIL AT-END-OF-FILE
               READ DALYTRAN
                   AT END SET AT-END-OF-FILE TO TRUE
                   NOT AT END PERFORM TRANSACTION
               END-READ
           END-PERFORM.
           CLOSE DALYTRAN XREF ACCT TCAT TRANSACT DALYREJS.

       TRANSACTION.
           MOVE 0 TO WS-REASON.
           PERFORM CHECK-CARD.
           IF WS-REASON = 0
               PERFORM POST-TRANSACTION
           ELSE
               MOVE TX-TRANSACTION TO RJ-TRANSACTION
               MOVE WS-REASON TO RJ-REASON
               MOVE WS-REASON-TEXT TO RJ-REASON-TEXT
               WRITE RJ-REJECT
           END-IF.

       CHECK-CARD.
           MOVE TX-CARD-NUMBER TO CX-CARD-NUMBER.
           READ XREF
               INVALID KEY
                   MOVE 100 TO WS-REASON
                   MOVE 'INVALID CARD NUMBER FOUND' TO WS-REASON-TEXT
               NOT INVALID KEY PERFORM CHECK-ACCOUNT
           END-READ.

       CHECK-ACCOUNT.
           MOVE CX-ACCOUNT-ID TO AM-ID.
           READ ACCT
               INVALID KEY
                   MOVE 101 TO WS-REASON
                   MOVE 'ACCOUNT RECORD NOT FOUND' TO WS-REASON-TEXT
               NOT INVALID KEY PERFORM CHECK-LIMITS
           END-READ.

       CHECK-LIMITS.
           COMPUTE WS-EXPOSURE =
               AM-CYCLE-CREDIT - AM-CYCLE-DEBIT + TX-AMOUNT.
           IF AM-LIMIT < WS-EXPOSURE
               MOVE 102 TO WS-REASON
               MOVE 'OVERLIMIT TRANSACTION' TO WS-REASON-TEXT
           END-IF.
           IF AM-EXPIRES < TX-ORIGINATED (1:10)
               MOVE 103 TO WS-REASON
               MOVE 'TRANSACTION RECEIVED AFTER ACCT EXPIRATION'
                   TO WS-REASON-TEXT
           END-IF.

       POST-TRANSACTION.
           MOVE CX-ACCOUNT-ID TO CB-ACCOUNT-ID.
           MOVE TX-TYPE TO CB-TYPE.
           MOVE TX-CATEGORY TO CB-CATEGORY.
           SET IS-FOUND TO TRUE.
           READ TCAT
               INVALID KEY SET IS-FOUND TO FALSE
           END-READ.
           IF IS-FOUND
               ADD TX-AMOUNT TO CB-BALANCE
               REWRITE CB-CATEGORY-BALANCE
           ELSE
               INITIALIZE CB-CATEGORY-BALANCE WITH FILLER
               MOVE CX-ACCOUNT-ID TO CB-ACCOUNT-ID
               MOVE TX-TYPE TO CB-TYPE
               MOVE TX-CATEGORY TO CB-CATEGORY
               ADD TX-AMOUNT TO CB-BALANCE
               WRITE CB-CATEGORY-BALANCE
           END-IF.
           ADD TX-AMOUNT TO AM-BALANCE.
           IF TX-AMOUNT >= 0
               ADD TX-AMOUNT TO AM-CYCLE-CREDIT
           ELSE
               ADD TX-AMOUNT TO AM-CYCLE-DEBIT
           END-IF.
           REWRITE AM-ACCOUNT.
           MOVE TX-TRANSACTION TO TO-TRANSACTION.
           MOVE WS-POSTED TO TO-POSTED.
           WRITE TO-TRANSACTION.

       LOAD.
           OPEN OUTPUT XREF ACCT TCAT.
           MOVE 'xref.seq' TO WS-NAME.
           OPEN INPUT FLAT50.
           PERFORM UNTIL AT-END-OF-FILE
               READ FLAT50 INTO CX-XREF
                   AT END SET AT-END-OF-FILE TO TRUE
                   NOT AT END WRITE CX-XREF
               END-READ
           END-PERFORM.
           CLOSE FLAT50.
           MOVE 'tcat.seq' TO WS-NAME.
           SET AT-END-OF-FILE TO FALSE.
           OPEN INPUT FLAT50.
           PERFORM UNTIL AT-END-OF-FILE
               READ FLAT50 INTO CB-CATEGORY-BALANCE
                   AT END SET AT-END-OF-FILE TO TRUE
                   NOT AT END WRITE CB-CATEGORY-BALANCE
               END-READ
           END-PERFORM.
           CLOSE FLAT50.
           MOVE 'acct.seq' TO WS-NAME.
           SET AT-END-OF-FILE TO FALSE.
           OPEN INPUT FLAT300.
           PERFORM UNTIL AT-END-OF-FILE
               READ FLAT300 INTO AM-ACCOUNT
                   AT END SET AT-END-OF-FILE TO TRUE
                   NOT AT END WRITE AM-ACCOUNT
               END-READ
           END-PERFORM.
           CLOSE FLAT300 XREF ACCT TCAT.

       UNLOAD.
           OPEN INPUT ACCT TCAT.
           MOVE 'acct.out' TO WS-NAME.
           OPEN OUTPUT FLAT300.
           PERFORM UNTIL AT-END-OF-FILE
               READ ACCT NEXT INTO FLAT300-REC
                   AT END SET AT-END-OF-FILE TO TRUE
                   NOT AT END WRITE FLAT300-REC
               END-READ
           END-PERFORM.
           CLOSE FLAT300.
           MOVE 'tcat.out' TO WS-NAME.
           SET AT-END-OF-FILE TO FALSE.
           OPEN OUTPUT FLAT50.
           PERFORM UNTIL AT-END-OF-FILE
               READ TCAT NEXT INTO FLAT50-REC
                   AT END SET AT-END-OF-FILE TO TRUE
                   NOT AT END WRITE FLAT50-REC
               END-READ
           END-PERFORM.
           CLOSE FLAT50 ACCT TCAT.
