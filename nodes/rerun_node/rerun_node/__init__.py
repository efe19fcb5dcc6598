"""A live view in Rerun."""

from dora_hil import logs

# Rerun reports on several lines of its own what this node says once: a viewer that has gone, a
# disk that is full.
logs.quieten_rust("warn,re_grpc_client=off,re_sdk=off,re_quota_channel=off,re_log_encoding=off")
