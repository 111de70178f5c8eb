"""What botocore raises, in words that say what to do next."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelayer.errors import AGAIN, AwsError

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

GONE = frozenset({"PipelineNotFoundException", "PipelineDeletedException"})
NO_SUCH_KEY = frozenset({"NoSuchKey", "NotFound", "404"})
NO_SUCH_UPLOAD = "NoSuchUpload"
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden", "AllAccessDisabled"})
THROTTLED = frozenset(
    {"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_NOT_ACCEPTED = frozenset(
    {
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorizedException",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_SERVER = frozenset(
    {"InternalError", "InternalFailure", "InternalServiceError", "ServiceUnavailable", "500", "503"}
)
PASSING = THROTTLED | _SERVER
"""What isn't about the request: the same one may succeed a little later."""

_NO_BUCKET = frozenset({"NoSuchBucket"})
_WRONG_REGION = frozenset(
    {"301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)
_ACTIONS = {
    "CompleteMultipartUpload": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "DeleteObjects": "s3:DeleteObject",
    "GetObject": "s3:GetObject",
    "GetSecretValue": "secretsmanager:GetSecretValue",
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
    "UploadPart": "s3:PutObject",
}
_READING = tuple(f"datapipeline:{verb}" for verb in ("Describe", "Get", "List", "Validate"))
_HOME_REGIONS = "us-east-1, us-west-2, ap-southeast-2, ap-northeast-1 and eu-west-1"

_IN_WORKFLOW_HINT = (
    "Give credentials through the environment: run aws-actions/configure-aws-credentials "
    "before this step, without its `aws-profile` input (it writes a file which a container action can't see)."
)
_ELSEWHERE_HINT = (
    "Name a profile that has some with AWS_PROFILE, sign in with `aws sso login`, or enter keys with "
    "`aws configure`."
)
RENEW_HINT = (
    "Get fresh ones: in a workflow, run aws-actions/configure-aws-credentials in this job, or raise its "
    "`role-duration-seconds`; on a laptop, sign in again."
)
_FILES_HINT = (
    "Correct the AWS_* setting that names it, such as AWS_CA_BUNDLE. A container action sees the workspace "
    "and nothing else of its machine, and takes no relative path."
)
AGAIN_HINT = f"{AGAIN}: what is done already is not done twice."
_READ_AGAIN = f"{AGAIN} a little later."
_CHANGES_NOTHING = ("Describe", "Evaluate", "Get", "Head", "List", "Query", "Validate")


def in_workflow(environ: Mapping[str, str]) -> bool:
    """Whether GitHub Actions runs this (GitHub Docs, "Default environment variables"), and not a person."""
    return environ.get("GITHUB_ACTIONS") == "true"


def _credentials_hint() -> str:
    return _IN_WORKFLOW_HINT if in_workflow(os.environ) else _ELSEWHERE_HINT


@contextmanager
def aws_call(operation: str, subject: str = "") -> Iterator[None]:
    """Turns whatever a client's call raises into an AwsError. `subject` names what the call is about."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise _refused(error, operation, subject) from error
    except BotoCoreError as error:
        raise _not_asked(error, operation) from error
    except (ResponseParserError, KeyError) as error:  # a body cut short can reach either
        raise truncated(operation, "could not be read") from error
    except FileNotFoundError as error:
        named = f": {error.filename}" if error.filename else ""
        message = f"A file of the AWS settings isn't there{named}."
        raise AwsError(message, _FILES_HINT, operation=operation) from error


def truncated(operation: str, what: str) -> AwsError:
    """The answer arrived with HTTP 200, but not whole: botocore raises nothing for that."""
    return AwsError(
        f"AWS's answer to {operation} {what}.", _again(operation), operation=operation, unsure=True
    )


def _again(operation: str) -> str:
    """What to do once the trouble has passed. Nobody fears that reading is done twice."""
    return _READ_AGAIN if operation.startswith(_CHANGES_NOTHING) else AGAIN_HINT


def _refused(error: ClientError, operation: str, subject: str) -> AwsError:
    details = error.response.get("Error", {})
    code, words = str(details.get("Code", "")), str(details.get("Message", "")).strip()
    message, hint = _explain(code, words, operation, subject)
    return AwsError(message, hint, code=code, operation=operation, unsure=code in _SERVER)


def _explain(code: str, words: str, operation: str, subject: str) -> tuple[str, str]:
    """The message and the hint for one error code of AWS."""
    about = f" for {subject}" if subject else ""
    said = f"AWS refused {operation}{about}: {words or code} ({code})."
    if code in _EXPIRED:
        return f"The AWS credentials have expired ({code}).", RENEW_HINT
    if code in _NOT_ACCEPTED:
        return f"AWS doesn't accept these credentials: {words or code} ({code}).", _credentials_hint()
    if code in DENIED:
        return said, _allow(operation, words)
    if code in THROTTLED:
        return (
            f"AWS still throttles {operation}{about} after every retry ({code}).",
            f"{_again(operation)} A lower `concurrency` helps where many pipelines change at once.",
        )
    if code in _NO_BUCKET:
        return f"There is no {subject or 'such bucket'}.", "Create it, or correct `myS3InputDir`."
    if code in _WRONG_REGION:
        return (
            f"The {subject or 'bucket'} is in another region than the one it was asked in.",
            "Set the group's `region` to the bucket's, or name a bucket of that region in `myS3InputDir`.",
        )
    if code in _SERVER:
        return f"AWS failed at {operation}{about}: {words or code} ({code}).", _again(operation)
    return said, _hint_from_words(code, words)


def _allow(operation: str, words: str) -> str:
    """The IAM action that is missing."""
    if "PassRole" in words:
        return (
            "Allow `iam:PassRole` on the pipeline's `role` and `resourceRole`, with iam:PassedToService "
            "datapipeline.amazonaws.com, ec2.amazonaws.com and elasticmapreduce.amazonaws.com."
        )
    named = re.search(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)", words)
    action = named[1] if named else _ACTIONS.get(operation, f"datapipeline:{operation}")
    hint = f"Allow `{action}` in the role's policy."
    if action.startswith("datapipeline:") and not action.startswith(_READING):
        return f"{hint} If it is there, its condition on `pipelayer:key` must fit the pipeline's key."
    return hint


def _hint_from_words(code: str, words: str) -> str:
    """What AWS's own sentence lets us say (API Reference, PutPipelineDefinition, and the quotas)."""
    lowered = words.lower()
    if code == "ResourceNotFoundException":
        return "Correct the name or ARN, and mind the account and region that it belongs to."
    if code == NO_SUCH_UPLOAD:
        return f"Somebody, or a lifecycle rule of the bucket, aborted it. {AGAIN_HINT}"
    if code == "PipelineNotFoundException":
        return "It was deleted, or the credentials belong to another account or may not see it."
    if "fatal errors" in lowered:
        return (
            "AWS says no more than that and saved nothing. Usual reasons: an empty field, an object without "
            "id, too many objects, or a FINISHED pipeline. `pipelayer validate` asks for the details."
        )
    if "concurrent executions" in lowered:
        return "Wait until the running one is over, or set a higher `maxActiveInstances` on `Default`."
    if "limit exceeded" in lowered:
        return "Raise the quota in AWS's Service Quotas, or delete what isn't needed any more."
    return ""


def _not_asked(error: BotoCoreError, operation: str) -> AwsError:
    """What went wrong on this side, or between here and AWS."""
    from botocore.exceptions import ConnectionError, HTTPClientError

    message, hint = _local(error)
    lost = isinstance(error, (ConnectionError, HTTPClientError))
    return AwsError(message, hint, operation=operation, unsure=lost)


def _local(error: BotoCoreError) -> tuple[str, str]:
    from botocore import exceptions as boto

    match error:
        case boto.NoCredentialsError() | boto.NoAuthTokenError():
            return "There are no AWS credentials.", _credentials_hint()
        case boto.PartialCredentialsError():
            return f"The AWS credentials are incomplete: {_first_line(error)}", _credentials_hint()
        case boto.ProfileNotFound() | boto.ConfigNotFound():
            return f"The AWS profile can't be found: {_first_line(error)}", _credentials_hint()
        case (
            boto.UnauthorizedSSOTokenError()
            | boto.SSOTokenLoadError()
            | boto.TokenRetrievalError()
            | boto.CredentialRetrievalError()
        ):
            return f"The AWS credentials could not be fetched: {_first_line(error)}", RENEW_HINT
        case boto.NoRegionError() | boto.InvalidRegionError():
            return (
                f"The AWS region can't be used: {_first_line(error)}",
                "Set `region` in pipelayer.yml, or AWS_REGION.",
            )
        case boto.ParamValidationError():
            return _without_values(error), "Correct the definition; `pipelayer validate` names the place."
        case boto.ConnectionError() | boto.HTTPClientError():
            return (
                f"AWS can't be reached: {_first_line(error)}",
                "Check the network, the proxy settings and AWS_ENDPOINT_URL. AWS Data Pipeline exists only "
                f"in {_HOME_REGIONS}.",
            )
        case _:
            return f"The AWS client failed: {_first_line(error)}", "Check the AWS_* settings."


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _without_values(error: Exception) -> str:
    """botocore's complaint about a request quotes the offending value, which may be a secret."""
    lines = [re.sub(r",? value: .*?(?=, (?:type|valid)|$)", "", line) for line in str(error).splitlines()]
    return "The request can't be sent. " + " ".join(line.strip() for line in lines if line.strip())
