      * A payment of the day, 40 bytes.
       01  PAYMENT.
           05  PAY-ACCOUNT         PIC X(8).
           05  PAY-DATE            PIC 9(8).
           05  PAY-AMOUNT          PIC S9(7)V99 COMP-3.
           05  PAY-TYPE            PIC X.
               88  PAY-IS-CHECK    VALUE 'C'.
               88  PAY-IS-WIRE     VALUE 'W'.
               88  PAY-IS-VOID     VALUE 'V'.
           05  FILLER              PIC X(18).
