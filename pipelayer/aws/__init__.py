"""The one place that calls AWS.

Comes in: a region, the environment, and what `pipelayer.deploy.ports` asks for. Goes out: its protocols,
fulfilled with boto3, and every failure as an AwsError that says what to do. It never decides: what to create,
replace or delete is settled before it is called. boto3 is imported with the first client, not before.
"""
