# Google's provider has no schedule of Vertex AI's, and Cloud Scheduler would start a run while
# another trains in the same folder. So the project's own command makes it, with one run at a time,
# in the place of an earlier one, and ends it.

resource "terraform_data" "schedule" {
  count            = var.schedule == "" ? 0 : 1
  triggers_replace = local.told

  lifecycle {
    precondition {
      condition     = var.tag != "" && var.data != ""
      error_message = "A schedule wants -var tag=$(python -m pipeline.source) and -var data=gs://..."
    }
  }

  provisioner "local-exec" {
    command     = ".venv/bin/python kubeflow_dag_runner.py"
    working_dir = "${path.module}/../../.."
    environment = local.told
  }

  provisioner "local-exec" {
    when        = destroy
    command     = ".venv/bin/python kubeflow_dag_runner.py"
    working_dir = "${path.module}/../../.."
    environment = merge(self.triggers_replace, { OUTPAINTING_SCHEDULE = "never" })
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.images,
    google_project_iam_member.steps,
    google_service_account_iam_member.itself,
    google_storage_bucket_iam_member.data,
    google_storage_bucket_iam_member.root,
  ]
}

locals {
  # Options of the command, as it takes them from the environment.
  told = {
    OUTPAINTING_BEAM_RUNNER     = var.beam_runner
    OUTPAINTING_DATA            = var.data
    OUTPAINTING_IMAGE           = "${local.repository}/${local.name}:${var.tag}"
    OUTPAINTING_PRESET          = var.preset
    OUTPAINTING_PROJECT         = var.project
    OUTPAINTING_REGION          = var.region
    OUTPAINTING_ROOT            = local.root
    OUTPAINTING_SCHEDULE        = var.schedule
    OUTPAINTING_SERVICE_ACCOUNT = google_service_account.steps.email
    OUTPAINTING_SUBMIT          = "true"
  }
}
