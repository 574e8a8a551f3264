"""Run test files on the interpreter at hand, CPython or MicroPython: run.py FILE..."""

import sys

passed = failed = 0
for path in sys.argv[1:]:
    folder, _, name = path.rpartition("/")
    sys.path.insert(0, folder or ".")
    module = __import__(name[:-3])
    for label in sorted(dir(module)):
        if not label.startswith("test_"):
            continue
        try:
            getattr(module, label)()
            passed += 1
        except Exception as error:
            failed += 1
            print("FAILED", path, label)
            sys.print_exception(error) if hasattr(sys, "print_exception") else print(repr(error))
print(passed, "passed,", failed, "failed")
sys.exit(1 if failed or not passed else 0)
