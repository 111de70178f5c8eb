"""Definitions such as people run: AWS would accept each of them, so none may raise an error."""

from __future__ import annotations

Document = dict[str, object]


def ref(id: str) -> dict[str, str]:
    return {"ref": id}


def daily(**more: object) -> dict[str, object]:
    return {
        "id": "Daily",
        "type": "Schedule",
        "period": "1 Day",
        "startAt": "FIRST_ACTIVATION_DATE_TIME",
        **more,
    }


def default(**more: object) -> dict[str, object]:
    return {
        "id": "Default",
        "name": "Default",
        "scheduleType": "CRON",
        "failureAndRerunMode": "CASCADE",
        "schedule": ref("Daily"),
        "role": "DataPipelineDefaultRole",
        "resourceRole": "DataPipelineDefaultResourceRole",
        "pipelineLogUri": "s3://logs/",
        **more,
    }


EC2 = {"id": "Ec2", "type": "Ec2Resource", "terminateAfter": "1 Hour", "instanceType": "t2.micro"}

SHELL: Document = {
    "objects": [
        default(),
        daily(period="#{mySchedulePeriod}", startAt=[], startDateTime="#{myStartDateTime}"),
        EC2 | {"actionOnTaskFailure": "terminate", "securityGroupIds": ["sg-1", "sg-2"]},
        {"id": "In", "type": "S3DataNode", "directoryPath": "#{myS3InputDir}"},
        {
            "id": "Out",
            "type": "S3DataNode",
            "directoryPath": "s3://b/#{myEnv}/#{format(@scheduledStartTime, 'YYYY-MM-dd-HH-mm-ss')}",
        },
        {
            "id": "Run",
            "type": "ShellCommandActivity",
            "command": "cd ${INPUT1_STAGING_DIR} && chmod +x run && ./run > ${OUTPUT1_STAGING_DIR}/out.txt",
            "input": ref("In"),
            "output": ref("Out"),
            "runsOn": ref("Ec2"),
            "stage": True,
            "maximumRetries": 2,
            "retryDelay": "10 Minutes",
            "onFail": ref("Alarm"),
            "onLateAction": [ref("Alarm"), ref("Stop")],
            "lateAfterTimeout": "2 hours",
            "myOwn": "anything #{myUnset}",
            "my_other": ref("In"),
        },
        {
            "id": "Alarm",
            "type": "SnsAlarm",
            "topicArn": "arn:aws:sns:us-east-1:123456789012:t",
            "subject": "#{node.@scheduledStartTime} failed",
            "message": "#{node.errorMessage}",
        },
        {"id": "Stop", "type": "Terminate"},
    ],
    "parameters": [
        {"id": "mySchedulePeriod", "type": "String", "default": "1 day", "watermark": "1 day"},
        {"id": "myS3InputDir", "type": "AWS::S3::ObjectKey", "description": "d", "helpText": "h"},
        {"id": "myUnset", "optional": "true", "allowedValues": ["a", "b"]},
    ],
    "values": {
        "myS3InputDir": "s3://bucket/#{myEnv}/in",
        "myEnv": "dev",
        "myStartDateTime": "2020-01-01T00:00:00",
    },
}

EXPORT: Document = {
    "objects": [
        default(maximumRetries="2"),
        daily(occurrences=3),
        {"id": "Parent", "maximumRetries": "1", "runsOn": ref("Ec2"), "attemptTimeout": "90 minutes"},
        EC2,
        {
            "id": "Rds",
            "type": "RdsDatabase",
            "username": "u",
            "*password": "#{*myPassword}",
            "rdsInstanceId": "db-1",
        },
        {
            "id": "Jdbc",
            "type": "JdbcDatabase",
            "username": "u",
            "*password": {"env": "PASSWORD"},
            "connectionString": "jdbc:postgresql://host/db",
            "jdbcDriverClass": "org.postgresql.Driver",
        },
        {
            "id": "Table",
            "type": "SqlDataNode",
            "database": ref("Rds"),
            "table": "t",
            "selectQuery": "select 1",
        },
        {
            "id": "Old",
            "type": "MySqlDataNode",
            "table": "t",
            "username": "u",
            "connectionString": "jdbc:mysql://h/d",
        },
        {"id": "Csv", "type": "CSV", "column": ["a INT", "b STRING"], "escapeChar": "\\"},
        {
            "id": "File",
            "type": "S3DataNode",
            "filePath": "s3://b/f.csv",
            "dataFormat": ref("Csv"),
            "compression": "GZIP",
        },
        {
            "id": "Copy",
            "type": "CopyActivity",
            "parent": ref("Parent"),
            "input": ref("Table"),
            "output": ref("File"),
        },
        {
            "id": "Sql",
            "type": "SqlActivity",
            "parent": ref("Parent"),
            "database": ref("Jdbc"),
            "script": "delete from t where d < '#{minusDays(@scheduledStartTime, 7)}'",
            "dependsOn": ref("Copy"),
            "precondition": [ref("Ready"), ref("There")],
        },
        {"id": "Ready", "type": "S3KeyExists", "s3Key": "s3://b/ready"},
        {
            "id": "There",
            "type": "ShellCommandPrecondition",
            "command": "true",
            "preconditionTimeout": "1 hour",
        },
    ],
    "parameters": [{"id": "*myPassword", "type": "String"}],
    "values": {"*myPassword": {"secretsmanager": "arn:aws:secretsmanager:us-east-1:123456789012:secret:p"}},
}

EMR: Document = {
    "objects": [
        default(scheduleType="timeseries"),
        daily(
            startAt=[],
            startDateTime="2024-01-31T00:00:00",
            endDateTime="2030-01-31T00:00:00",
            period="1 month",
        ),
        {
            "id": "Cluster",
            "type": "EmrCluster",
            "releaseLabel": "emr-5.36.0",
            "applications": ["hive", "spark"],
            "masterInstanceType": "m5.xlarge",
            "coreInstanceType": "m5.xlarge",
            "coreInstanceCount": 2,
            "terminateAfter": "2 Hours",
            "configuration": ref("Conf"),
            "bootstrapAction": ["s3://b/a.sh,x", "s3://b/b.sh"],
            "coreEbsConfiguration": ref("Ebs"),
        },
        {
            "id": "Conf",
            "type": "EmrConfiguration",
            "classification": "core-site",
            "property": [ref("P1"), ref("P2")],
        },
        {"id": "P1", "type": "Property", "key": "k", "value": "v"},
        {"id": "P2", "type": "Property", "key": "k2", "value": "v2"},
        {"id": "Ebs", "type": "EbsConfiguration", "ebsOptimized": "true", "ebsBlockDeviceConfig": ref("Dev")},
        {
            "id": "Dev",
            "type": "EbsBlockDeviceConfig",
            "volumesPerInstance": 1,
            "volumeSpecification": ref("Vol"),
        },
        {"id": "Vol", "type": "VolumeSpecification", "sizeInGB": "500", "volumeType": "gp2"},
        {
            "id": "Steps",
            "type": "EmrActivity",
            "runsOn": ref("Cluster"),
            "step": ["s3://b/a.jar,x", "s3://b/b.jar"],
        },
        {
            "id": "Hive",
            "type": "HiveActivity",
            "runsOn": ref("Cluster"),
            "hiveScript": "select 1;",
            "stage": "false",
        },
        {"id": "Pig", "type": "PigActivity", "runsOn": ref("Cluster"), "scriptUri": "s3://b/x.pig"},
        {
            "id": "Jar",
            "type": "HadoopActivity",
            "runsOn": ref("Cluster"),
            "jarUri": "s3://b/x.jar",
            "argument": "a",
        },
        {"id": "Dynamo", "type": "DynamoDBDataNode", "tableName": "t", "readThroughputPercent": 0.25},
        {
            "id": "Target",
            "type": "S3DataNode",
            "directoryPath": "s3://b/#{parent.@id}/#{myUser}",
            "myUser": "x",
        },
        {
            "id": "HiveCopy",
            "type": "HiveCopyActivity",
            "runsOn": ref("Cluster"),
            "input": ref("Dynamo"),
            "output": ref("Target"),
            "dependsOn": [ref("Steps"), ref("Hive")],
            "precondition": ref("Exists"),
        },
        {"id": "Exists", "type": "DynamoDBTableExists", "tableName": "t"},
        {"id": "Data", "type": "DynamoDBDataExists", "tableName": "t"},
        {"id": "Prefix", "type": "S3PrefixNotEmpty", "s3Prefix": "s3://b/p/"},
    ],
}

REDSHIFT: Document = {
    "objects": [
        default(schedule=[], scheduleType="ondemand"),
        EC2,
        {
            "id": "Cluster",
            "type": "RedshiftDatabase",
            "clusterId": "c",
            "username": "u",
            "*password": "p",
            "databaseName": "d",
        },
        {
            "id": "Table",
            "type": "RedshiftDataNode",
            "database": ref("Cluster"),
            "tableName": "t",
            "primaryKeys": "a",
        },
        {"id": "File", "type": "S3DataNode", "manifestFilePath": "s3://b/manifest"},
        {"id": "Tsv", "type": "TSV"},
        {"id": "Custom", "type": "Custom", "columnSeparator": "|"},
        {
            "id": "Load",
            "type": "RedshiftCopyActivity",
            "input": ref("File"),
            "output": ref("Table"),
            "insertMode": "Keep_Existing",
            "commandOptions": ["CSV", "IGNOREHEADER 1"],
            "workerGroup": "w",
        },
    ],
}

WORKERS: Document = {
    "pipelineObjects": [
        {
            "id": "Default",
            "name": "Default",
            "fields": [
                {"key": "workerGroup", "stringValue": "w"},
                {"key": "type", "stringValue": "Default"},
                {"key": "pipelineLogUri", "stringValue": "s3://logs/"},
            ],
        },
        {
            "id": "Schedule",
            "name": "Schedule",
            "fields": [
                {"key": "type", "stringValue": "Schedule"},
                {"key": "period", "stringValue": "15 minutes"},
                {"key": "startDateTime", "stringValue": "2012-12-12T00:00:00"},
            ],
        },
        {
            "id": "SayHello",
            "name": "Say hello",
            "fields": [
                {"key": "type", "stringValue": "ShellCommandActivity"},
                {"key": "command", "stringValue": "echo #{myWord} '}' # {x}"},
                {"key": "schedule", "refValue": "Schedule"},
            ],
        },
    ],
    "parameterObjects": [{"id": "myWord", "attributes": [{"key": "default", "stringValue": "hello"}]}],
    "parameterValues": [],
}

ALL = {"shell": SHELL, "export": EXPORT, "emr": EMR, "redshift": REDSHIFT, "workers": WORKERS}
