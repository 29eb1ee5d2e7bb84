"""`python -m grading.demo`."""

import sys

from grading.demo.tour import main

sys.exit(main())
