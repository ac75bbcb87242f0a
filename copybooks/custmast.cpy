      *================================================================*
      * CUSTMAST - CUSTOMER MASTER RECORD, ACCOUNTS RECEIVABLE         *
      * FIXED, 300 BYTES. SORTED BY CM-KEY (COMPANY, CUSTOMER).        *
      *================================================================*
       01  CUSTMAST-RECORD.
           05  CM-KEY.
               10  CM-COMPANY            PIC X(4).
               10  CM-CUST-NO            PIC 9(10).
           05  CM-NAME                   PIC X(40).
           05  CM-NAME-KEY               PIC X(30).
      *    PAYMENT GROUP: THE CUSTOMER'S OWN NUMBER IF IT STANDS ALONE
           05  CM-PARENT-NO              PIC 9(10).
           05  CM-PAY-TERMS              PIC X(4).
           05  CM-CURRENCY               PIC X(3).
           05  CM-STATUS                 PIC X.
               88  CM-ACTIVE             VALUE 'A'.
               88  CM-ON-HOLD            VALUE 'H'.
               88  CM-CLOSED             VALUE 'C'.
           05  CM-RULE-SET               PIC X(4).
           05  CM-TOL-GROUP              PIC X(4).
           05  CM-CREDIT-LIMIT           PIC S9(11)V99 COMP-3.
      *    SUM OF THE OPEN AMOUNTS OF THE CUSTOMER'S ITEMS
           05  CM-BALANCE                PIC S9(11)V99 COMP-3.
           05  CM-ONACC-BAL              PIC S9(11)V99 COMP-3.
      *    NOT DUE, THEN 1-30, 31-60, 61-90, 91-120, 121-150, 151 DAYS
      *    OR MORE PAST DUE
           05  CM-AGE-BUCKET             PIC S9(11)V99 COMP-3
                                         OCCURS 7 TIMES.
      *    YYYYMMDD, ZERO IF NOTHING WAS EVER PAID
           05  CM-LAST-PAY-DATE          PIC 9(8) COMP-3.
           05  CM-LAST-PAY-AMT           PIC S9(9)V99 COMP-3.
           05  CM-OPEN-COUNT             PIC S9(7) COMP.
      *    UNUSED KEYS HAVE ROUTING NUMBER ZERO
           05  CM-BANK-KEY               OCCURS 3 TIMES.
               10  CM-BANK-RTN           PIC 9(9).
               10  CM-BANK-ACCT          PIC X(17).
           05  CM-LAST-BATCH             PIC X(12).
           05  FILLER                    PIC X(15).
