"""A cluster of hub nodes: PostgreSQL under Patroni and etcd, and a hub beside each."""
