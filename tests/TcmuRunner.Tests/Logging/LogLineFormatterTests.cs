// SPDX-License-Identifier: Apache-2.0
using Serilog.Events;
using Serilog.Parsing;
using TcmuRunner.Logging;

namespace TcmuRunner.Tests.Logging;

public sealed class LogLineFormatterTests
{
    private static readonly DateTimeOffset s_time = new(2026, 1, 2, 3, 4, 5, 67, TimeSpan.FromHours(2));

    [Theory]
    [InlineData(LogEventLevel.Fatal, "CRIT")]
    [InlineData(LogEventLevel.Error, "ERROR")]
    [InlineData(LogEventLevel.Warning, "WARN")]
    [InlineData(LogEventLevel.Information, "INFO")]
    [InlineData(LogEventLevel.Debug, "DEBUG")]
    [InlineData(LogEventLevel.Verbose, "DEBUG_SCSI_CMD")]
    public void A_line_has_time_process_level_and_text(LogEventLevel level, string name)
    {
        string line = Format(level, "all is well");

        Assert.Equal($"2026-01-02 03:04:05.067 {Environment.ProcessId} [{name}] all is well\n", line);
    }

    [Fact]
    public void Values_stand_in_the_text_as_they_are()
    {
        string line = Format(LogEventLevel.Error, "{Path} has {Count:X4} of {Missing}", ("Path", "/a b"), ("Count", 255));

        Assert.EndsWith("[ERROR] /a b has 00FF of {Missing}\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_device_of_the_scope_stands_before_the_text()
    {
        string line = Format(LogEventLevel.Error, "read fails", ("Device", "file/disk1"));

        Assert.EndsWith("[ERROR] [file/disk1] read fails\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_at_the_start_of_the_text_stands_in_brackets_too()
    {
        string line = Format(LogEventLevel.Error, "{Device}: read fails", ("Device", "file/disk1"));

        Assert.EndsWith("[ERROR] [file/disk1] read fails\n", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{Device} (uio0) fails", "file/disk1 (uio0) fails")]
    [InlineData("the read of {Device} fails", "the read of file/disk1 fails")]
    [InlineData("{Device}", "file/disk1")]
    public void A_device_that_the_text_names_is_not_named_twice(string template, string expected)
    {
        string line = Format(LogEventLevel.Error, template, ("Device", "file/disk1"));

        Assert.EndsWith($"[ERROR] {expected}\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_from_outside_cannot_start_a_line()
    {
        string line = Format(LogEventLevel.Error, "{Path} fails", ("Path", "a\n2026-01-02 03:04:05.067 1 [CRIT] b\r\u001b[31m"));

        Assert.Equal(1, line.Count(character => character == '\n'));
        Assert.EndsWith("a?2026-01-02 03:04:05.067 1 [CRIT] b??[31m fails\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_follows_indented()
    {
        using var output = new StringWriter();
        var logEvent = new LogEvent(
            s_time, LogEventLevel.Error, new InvalidOperationException("no"), new MessageTemplateParser().Parse("it fails"), []);

        new LogLineFormatter().Format(logEvent, output);

        Assert.EndsWith("[ERROR] it fails\n    System.InvalidOperationException: no\n", output.ToString(), StringComparison.Ordinal);
    }

    private static string Format(LogEventLevel level, string template, params (string Name, object Value)[] properties)
    {
        using var output = new StringWriter();
        var logEvent = new LogEvent(
            s_time,
            level,
            exception: null,
            new MessageTemplateParser().Parse(template),
            properties.Select(property => new LogEventProperty(property.Name, new ScalarValue(property.Value))));
        new LogLineFormatter().Format(logEvent, output);
        return output.ToString();
    }
}
