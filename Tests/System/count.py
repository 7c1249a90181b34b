"""Prints the tests that passed, failed and were skipped in reports in JUnit's format: `count.py REPORT…`."""

import sys
import xml.etree.ElementTree

passed = failed = skipped = 0
for case in (case for report in sys.argv[1:] for case in xml.etree.ElementTree.parse(report).iter("testcase")):
    outcomes = {child.tag for child in case}
    if outcomes & {"failure", "error"}:
        failed += 1
    elif "skipped" in outcomes:
        skipped += 1
    else:
        passed += 1
print(passed, failed, skipped)
