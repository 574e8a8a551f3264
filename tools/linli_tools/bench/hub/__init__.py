"""`linli bench hub`: how many devices and packets one hub serves, and how soon alarms are known."""
