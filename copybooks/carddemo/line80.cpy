      * A line of a statement, 80 bytes.
       01  SL-LINE                     PIC X(80).
