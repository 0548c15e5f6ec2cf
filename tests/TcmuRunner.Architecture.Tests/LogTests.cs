// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;

namespace TcmuRunner.Architecture.Tests;

/// <summary>Event ids of log messages: an operator's scripts know a message by its number.</summary>
public sealed partial class LogTests
{
    private const int HandlersFirst = 8000;
    private const int HandlerRange = 100;

    private static readonly Dictionary<string, (int First, int Last)> s_ranges = new()
    {
        ["src/TcmuRunner.Io"] = (500, 999),
        ["src/TcmuRunner.Tcmu"] = (1000, 1999),
        ["src/TcmuRunner.Scsi"] = (2000, 2999),
        ["src/TcmuRunner.Iscsi"] = (3000, 3999),
        ["src/TcmuRunner.Lio"] = (4000, 4999),
        ["src/TcmuRunner.DBus"] = (5000, 5999),
        ["src/TcmuRunner"] = (7000, 7999),
        ["src/TcmuRunner.Ctl"] = (7500, 7999),
    };

    private static readonly IReadOnlyList<(string Project, int Id)> s_messages =
    [
        .. from file in SourceFile.Find(".cs", "src", "handlers")
           from Match match in Message().Matches(file.Text)
           select (string.Join('/', file.Path.Split('/').Take(2)), int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
    ];

    [Fact]
    public void There_are_messages_to_look_at() => Assert.Contains(("handlers/File", 8000), s_messages);

    [Fact]
    public void Every_message_has_a_number() => Assert.Equal(
        s_messages.Count, SourceFile.Find(".cs", "src", "handlers").Sum(file => AnyMessage().Count(file.Text)));

    [Fact]
    public void No_number_is_used_twice() => Assert.Equal(
        [], s_messages.GroupBy(message => message.Id).Where(group => group.Count() > 1).Select(group => string.Join(", ", group)));

    [Fact]
    public void A_project_s_numbers_are_in_its_range() => Assert.Equal(
        [], s_messages.Where(message => message.Project.StartsWith("src/", StringComparison.Ordinal)).Where(message => !IsInRange(message)));

    [Fact]
    public void A_handler_has_a_hundred_numbers_of_its_own()
    {
        var handlers = s_messages.Where(message => message.Project.StartsWith("handlers/", StringComparison.Ordinal)).ToList();

        Assert.Equal([], handlers.Where(message => message.Id < HandlersFirst));
        Assert.All(
            handlers.GroupBy(message => message.Id / HandlerRange),
            group => Assert.Single(group.Select(message => message.Project).Distinct()));
    }

    private static bool IsInRange((string Project, int Id) message) =>
        s_ranges.TryGetValue(message.Project, out (int First, int Last) range) && message.Id >= range.First && message.Id <= range.Last;

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex Message();

    [GeneratedRegex(@"\[LoggerMessage\(")]
    private static partial Regex AnyMessage();
}
