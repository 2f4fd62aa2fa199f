locals {
  # Each: a title, and its lines. A line is a metric as CloudWatch's dashboards write it, or a search over all datasets.
  graphs = concat(
    [
      {
        title = "Loads by outcome"
        stat  = "Sum"
        lines = [[{ expression = "SEARCH('{Landfall,Dataset,Outcome} MetricName=\"Loads\"', 'Sum', 300)" }]]
      },
      {
        title = "Rows loaded"
        stat  = "Sum"
        lines = [[{ expression = "SEARCH('{Landfall,Dataset,Outcome} MetricName=\"RowsLoaded\"', 'Sum', 300)" }]]
      },
      {
        title = "Longest load (ms)"
        stat  = "Maximum"
        lines = [[{ expression = "SEARCH('{Landfall,Dataset,Outcome} MetricName=\"Duration\"', 'Maximum', 300)" }]]
      },
      {
        title = "Uploads refused"
        stat  = "Sum"
        lines = [[{ expression = "SEARCH('{Landfall,Dataset} MetricName=\"UploadsRefused\"', 'Sum', 300)" }]]
      },
      {
        title = "Errors of functions"
        stat  = "Sum"
        lines = [for name in var.functions : ["AWS/Lambda", "Errors", "FunctionName", name]]
      },
      {
        title = "Longest invocation (ms)"
        stat  = "Maximum"
        lines = [for name in var.functions : ["AWS/Lambda", "Duration", "FunctionName", name]]
      },
      {
        title = "Oldest message (s)"
        stat  = "Maximum"
        lines = [for queue in var.queues : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name]]
      },
      {
        title = "Dead letters"
        stat  = "Maximum"
        lines = [for queue in var.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.dead_letters_name]]
      },
    ],
    flatten([for events in var.events[*] : [
      {
        title = "Events received"
        stat  = "Sum"
        lines = [
          ["AWS/Kinesis", "IncomingRecords", "StreamName", events.stream],
          ["AWS/Kinesis", "WriteProvisionedThroughputExceeded", "StreamName", events.stream],
        ]
      },
      {
        title = "Records checked"
        stat  = "Sum"
        lines = [
          for metric in ["RecordsOk", "RecordsDropped", "RecordsFailed", "Events"] :
          ["Landfall", metric, "Stream", events.delivery]
        ]
      },
      {
        title = "Age of the oldest event at delivery (s)"
        stat  = "Maximum"
        lines = [["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", events.delivery]]
      },
    ]]),
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, graph in local.graphs : {
        type   = "metric"
        x      = (index % 3) * 8
        y      = floor(index / 3) * 6
        width  = 8
        height = 6
        properties = {
          title   = graph.title
          region  = var.region
          view    = "timeSeries"
          period  = 300
          stat    = graph.stat
          metrics = graph.lines
        }
      }
    ]
  })
}
