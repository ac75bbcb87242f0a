      * A line of a report, 133 bytes.
       01  RL-LINE                     PIC X(133).
