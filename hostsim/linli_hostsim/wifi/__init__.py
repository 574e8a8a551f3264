"""Wi-Fi: stations and access points that share a channel by 802.11's DCF."""
