      * layout from the byte positions of the sample's customer
      * file; the field names are ours. Key 1-6, the kind in byte 6.
       01  CU-CUSTOMER.
           05  CU-KEY.
               10  CU-ID               PIC X(5).
               10  CU-KIND             PIC X.
           05  CU-NAME                 PIC X(17).
           05  CU-BALANCE              PIC 9(7)V99.
           05  CU-ORDERS               PIC 9(5).
           05  CU-STREET               PIC X(20).
           05  CU-CITY                 PIC X(14).
           05  CU-STATE                PIC XX.
           05  CU-COUNTRY              PIC X(11).
           05  CU-MONTH                PIC 9(7)V99 OCCURS 12 TIMES.
           05  CU-OCCUPATION           PIC X(30).
           05  CU-NOTES                PIC X(120).
           05  CU-DATA-1               PIC X(5).
           05  CU-DATA-2               PIC X(40).
       01  CU-CONTACT.
           05  CC-KEY                  PIC X(6).
           05  CC-NAME                 PIC X(17).
           05  CC-DESCRIPTION          PIC X(10).
           05  CC-INFO                 PIC X(20).
           05  CC-DATA                 PIC X(16).
