locals {
  write_keys = var.write_keys_secret_arn == null ? {
    LANDFALL_WRITE_KEYS = join(",", var.write_keys)
    } : {
    LANDFALL_WRITE_KEYS_SECRET = var.write_keys_secret_arn
  }

  read_secret = var.write_keys_secret_arn == null ? [] : [{
    Sid      = "ReadWriteKeys"
    Effect   = "Allow"
    Action   = ["secretsmanager:GetSecretValue"]
    Resource = [var.write_keys_secret_arn]
  }]
}

module "function" {
  source = "../lambda"

  common          = var.common
  function        = "collect-events"
  description     = "Tracking calls become records of a stream"
  memory_mb       = 256
  timeout_seconds = 15
  reads_pipelines = false

  # Anybody reaches the address: a flood must not take the account's concurrency from the other functions.
  reserved_concurrency = var.concurrency == 0 ? null : var.concurrency

  environment = merge({ LANDFALL_STREAM = var.stream.name }, local.write_keys)

  policy = jsonencode({
    Statement = concat([{
      Sid      = "PutEvents"
      Effect   = "Allow"
      Action   = ["kinesis:PutRecords"]
      Resource = [var.stream.arn]
    }], local.read_secret)
  })
}

# Without CORS of its own: the function answers browsers itself.
resource "aws_lambda_function_url" "this" {
  #checkov:skip=CKV_AWS_258:Browsers cannot sign requests; the function itself asks for a write key.
  function_name      = module.function.function.name
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "url" {
  #checkov:skip=CKV_AWS_301:The address is public on purpose: browsers send events. The function asks for a write key.
  statement_id           = "CallByUrl"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = module.function.function.name
  principal              = "*"
  function_url_auth_type = "NONE"
}

# Since October 2025 a function's address needs this second permission (Lambda developer guide, "Control access to function
# URLs"). aws_lambda_permission knows `invoked_via_function_url` from version 6.29 of the provider; without that condition
# everybody could call the function past its address, so CloudFormation states it.
resource "aws_cloudformation_stack" "url" {
  #checkov:skip=CKV_AWS_124:A stack of one permission changes only with this configuration.
  name = "${module.function.function.name}-url"
  template_body = jsonencode({
    AWSTemplateFormatVersion = "2010-09-09"
    Resources = {
      InvokeByUrl = {
        Type = "AWS::Lambda::Permission"
        Properties = {
          Action                = "lambda:InvokeFunction"
          FunctionName          = module.function.function.name
          Principal             = "*"
          InvokedViaFunctionUrl = true
        }
      }
    }
  })
}
