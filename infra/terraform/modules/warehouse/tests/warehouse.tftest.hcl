mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name               = "landfall"
  account_id         = "111122223333"
  kms_key_arn        = null
  copy_policy        = "{\"Version\": \"2012-10-17\", \"Statement\": []}"
  database           = "landfall"
  base_capacity      = 8
  max_capacity       = 64
  subnet_ids         = []
  security_group_ids = []
}

run "the_role_of_copy_is_for_redshift_of_this_account" {
  assert {
    condition     = aws_iam_role_policy.copy.policy == var.copy_policy
    error_message = "It may do what was asked for."
  }

  assert {
    condition     = jsondecode(aws_iam_role.copy.assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Redshift of this account alone."
  }
}

run "it_is_closed_and_its_password_is_nobodys" {
  assert {
    condition = (
      !aws_redshiftserverless_workgroup.this.publicly_accessible &&
      aws_redshiftserverless_namespace.this.manage_admin_password &&
      aws_redshiftserverless_namespace.this.default_iam_role_arn == aws_iam_role.copy.arn
    )
    error_message = "The warehouse is not public, and no password is in the state."
  }
}
