      * A line of a report with its carriage control, 133 bytes.
       01  RL-LINE.
           05  RL-CONTROL              PIC X.
           05  RL-TEXT                 PIC X(132).
