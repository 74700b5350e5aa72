"""A server that answers Google's own client as Vertex AI does, as far as it is asked.

It keeps models with their versions, endpoints with what is deployed to them, runs with their
experiments, schedules and jobs, and knows Vertex AI's rules: the traffic of an endpoint adds up to
a hundred, and what has traffic cannot be undeployed.
"""

import itertools
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.aiplatform_v1 import types
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

_NO_PROXY = [("grpc.enable_http_proxy", 0)]
PARENT = "projects/mine/locations/us-central1"
STORE = f"{PARENT}/metadataStores/default"


class Refused(Exception):
    """What the server does not do, as (status, message)."""


class VertexApi:
    """What Vertex AI would hold."""

    def __init__(self) -> None:
        self.models: dict[str, list[types.Model]] = {}  # versions by name
        self.endpoints: dict[str, types.Endpoint] = {}
        self.runs: list[types.CreatePipelineJobRequest] = []
        self.jobs: list[tuple[str, types.PipelineJob]] = []  # by the pipeline's name
        self.schedules: dict[str, types.Schedule] = {}
        self.custom_jobs: list[tuple[str, types.CustomJob]] = []  # with their parents
        self.contexts: dict[str, types.Context] = {}
        self.children: dict[str, list[str]] = {}  # of contexts
        self._numbers = itertools.count(1)

    def traffic(self) -> dict[str, int]:
        """Per cent by version, of all that is deployed to the one endpoint."""
        (endpoint,) = self.endpoints.values()
        return {
            model.model_version_id: endpoint.traffic_split.get(model.id, 0)
            for model in endpoint.deployed_models
        }

    # Each method is named for the call that it answers.

    def UploadModel(self, request: types.UploadModelRequest):  # noqa: N802
        name = request.parent_model or f"{PARENT}/models/{request.model_id}"
        versions = self.models.setdefault(name, [])
        if versions and not request.parent_model:
            raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"{name} exists")
        model = request.model
        model.name, model.version_id = name, str(len(versions) + 1)
        dedicated = types.Model.DeploymentResourcesType.DEDICATED_RESOURCES
        model.supported_deployment_resources_types = [dedicated]
        versions.append(model)
        return types.UploadModelResponse(model=name, model_version_id=model.version_id)

    def GetModel(self, request: types.GetModelRequest):  # noqa: N802
        name, _, version = request.name.partition("@")
        versions = self.models.get(name)
        if not versions:
            raise Refused(grpc.StatusCode.NOT_FOUND, name)
        return versions[int(version) - 1] if version.isdecimal() else versions[-1]

    def ListModelVersions(self, request: types.ListModelVersionsRequest):  # noqa: N802
        return types.ListModelVersionsResponse(models=self.models[request.name])

    def MergeVersionAliases(self, request: types.MergeVersionAliasesRequest):  # noqa: N802
        name, _, version = request.name.partition("@")
        for model in self.models[name]:
            model.version_aliases = [a for a in model.version_aliases if a != "default"]
        chosen = self.models[name][int(version) - 1]
        chosen.version_aliases = [*chosen.version_aliases, *request.version_aliases]
        return chosen

    def CreateEndpoint(self, request: types.CreateEndpointRequest):  # noqa: N802
        endpoint = request.endpoint
        endpoint.name = f"{PARENT}/endpoints/{next(self._numbers)}"
        self.endpoints[endpoint.name] = endpoint
        return endpoint

    def GetEndpoint(self, request: types.GetEndpointRequest):  # noqa: N802
        return self.endpoints[request.name]

    def ListEndpoints(self, request: types.ListEndpointsRequest):  # noqa: N802
        found = [e for e in self.endpoints.values() if f'"{e.display_name}"' in request.filter]
        return types.ListEndpointsResponse(endpoints=found)

    def UpdateEndpoint(self, request: types.UpdateEndpointRequest):  # noqa: N802
        endpoint = self.endpoints[request.endpoint.name]
        self._share(endpoint, dict(request.endpoint.traffic_split))
        return endpoint

    def DeployModel(self, request: types.DeployModelRequest):  # noqa: N802
        endpoint = self.endpoints[request.endpoint]
        deployed = request.deployed_model
        deployed.id = str(100 + next(self._numbers))
        name, _, version = deployed.model.partition("@")
        deployed.model, deployed.model_version_id = (
            name,
            version or self.models[name][-1].version_id,
        )
        endpoint.deployed_models.append(deployed)
        split = {deployed.id if key == "0" else key: v for key, v in request.traffic_split.items()}
        self._share(endpoint, split)
        return types.DeployModelResponse(deployed_model=deployed)

    def UndeployModel(self, request: types.UndeployModelRequest):  # noqa: N802
        endpoint = self.endpoints[request.endpoint]
        if endpoint.traffic_split.get(request.deployed_model_id):
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "it has traffic")
        kept = [m for m in endpoint.deployed_models if m.id != request.deployed_model_id]
        endpoint.deployed_models = kept
        return types.UndeployModelResponse()

    def CreatePipelineJob(self, request: types.CreatePipelineJobRequest):  # noqa: N802
        self.runs.append(request)
        job = types.PipelineJob(request.pipeline_job)
        job.name = f"{PARENT}/pipelineJobs/{request.pipeline_job_id}"
        return job

    def GetPipelineJob(self, request: types.GetPipelineJobRequest):  # noqa: N802
        # What it makes of a run in its store it tells only when asked again.
        job = types.PipelineJob(name=request.name, state=types.PipelineState.PIPELINE_STATE_RUNNING)
        name = f"{STORE}/contexts/{request.name.rpartition('/')[2]}"
        context = types.Context(name=name, schema_title="system.PipelineRun")
        job.job_detail.pipeline_run_context = context
        return job

    def CreateCustomJob(self, request: types.CreateCustomJobRequest):  # noqa: N802
        job = request.custom_job
        job.name, job.state = f"{PARENT}/customJobs/1", types.JobState.JOB_STATE_SUCCEEDED
        self.custom_jobs.append((request.parent, job))
        return job

    def GetCustomJob(self, request: types.GetCustomJobRequest):  # noqa: N802
        return next(job for _, job in self.custom_jobs if job.name == request.name)

    def GetMetadataStore(self, request: types.GetMetadataStoreRequest):  # noqa: N802
        return types.MetadataStore(name=request.name)

    def GetContext(self, request: types.GetContextRequest):  # noqa: N802
        if request.name not in self.contexts:
            raise Refused(grpc.StatusCode.NOT_FOUND, request.name)
        return self.contexts[request.name]

    def CreateContext(self, request: types.CreateContextRequest):  # noqa: N802
        context = request.context
        context.name = f"{request.parent}/contexts/{request.context_id}"
        self.contexts[context.name] = context
        return context

    def AddContextChildren(self, request: types.AddContextChildrenRequest):  # noqa: N802
        self.children.setdefault(request.context, []).extend(request.child_contexts)
        return types.AddContextChildrenResponse()

    def ListPipelineJobs(self, request: types.ListPipelineJobsRequest):  # noqa: N802
        found = [job for name, job in self.jobs if request.filter == f'pipeline_name="{name}"']
        return types.ListPipelineJobsResponse(pipeline_jobs=found)

    def CreateSchedule(self, request: types.CreateScheduleRequest):  # noqa: N802
        schedule = request.schedule
        schedule.name = f"{PARENT}/schedules/{next(self._numbers)}"
        self.schedules[schedule.name] = schedule
        return schedule

    def ListSchedules(self, request: types.ListSchedulesRequest):  # noqa: N802
        found = [s for s in self.schedules.values() if f'"{s.display_name}"' in request.filter]
        return types.ListSchedulesResponse(schedules=found)

    def GetSchedule(self, request: types.GetScheduleRequest):  # noqa: N802
        return self.schedules[request.name]

    def DeleteSchedule(self, request: types.DeleteScheduleRequest):  # noqa: N802
        del self.schedules[request.name]
        return empty_pb2.Empty()

    def _share(self, endpoint: types.Endpoint, split: dict[str, int]) -> None:
        ids = {model.id for model in endpoint.deployed_models}
        if sum(split.values()) != 100 or not set(split) <= ids:
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, f"traffic {split} of {sorted(ids)}")
        endpoint.traffic_split = split


class _Handler(grpc.GenericRpcHandler):
    """Finds the method that a call names, and says at once how a long operation ended."""

    LONG = ("UploadModel", "CreateEndpoint", "DeployModel", "UndeployModel", "DeleteSchedule")

    def __init__(self, api: VertexApi):
        self._api = api

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        answer = getattr(self._api, name, None)
        if not answer:
            return None
        return grpc.unary_unary_rpc_method_handler(self._answering(name, answer))

    def _answering(self, name: str, answer: Callable[[Any], Any]) -> Callable[[bytes, Any], bytes]:
        request_type = getattr(types, f"{name}Request")

        def respond(data: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                message = answer(request_type.deserialize(data))
            except Refused as refused:
                context.abort(*refused.args)
            if name not in self.LONG:
                return type(message).serialize(message)
            operation = operations_pb2.Operation(name=f"{PARENT}/operations/1", done=True)
            is_plain = isinstance(message, empty_pb2.Empty)
            operation.response.Pack(message if is_plain else type(message).pb(message))
            return operation.SerializeToString()

        return respond


@contextmanager
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[VertexApi]:
    """Listens, and has Google's client call it in place of Google.

    Args:
        monkeypatch: Undoes that in the end.

    Yields:
        What the server holds.
    """
    from google.cloud import aiplatform

    api = VertexApi()
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[_Handler(api)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setattr(
        "google.api_core.grpc_helpers.create_channel",
        lambda *_, **__: grpc.insecure_channel(f"127.0.0.1:{port}", _NO_PROXY),
    )
    # TFX's client of jobs asks for them.
    monkeypatch.setattr("google.auth.default", lambda *_, **__: (AnonymousCredentials(), "mine"))
    configuration = aiplatform.initializer.global_config
    for name, value in vars(configuration).items():  # to be put back
        monkeypatch.setattr(configuration, name, value)
    aiplatform.init(credentials=AnonymousCredentials(), api_transport="grpc")
    try:
        yield api
    finally:
        server.stop(None).wait()
