// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Configuration;

namespace TcmuRunner.Tests.Configuration;

public sealed class ConfigurationTextTests
{
    [Theory]
    [InlineData("log_level = 4", "4")]
    [InlineData("log_level=4", "4")]
    [InlineData("  log_level\t=  4  ", "4")]
    [InlineData("log_level = 4 # louder", "4")]
    [InlineData("log_level = \"4\"", "4")]
    [InlineData("log_level = '4' # louder", "4")]
    [InlineData("log_level = \"a # b\"", "a # b")]
    [InlineData("log_level = 'a \"b\" c'", "a \"b\" c")]
    [InlineData("log_level = \"\"", "")]
    [InlineData("log_level = a#b", "a#b")]
    [InlineData("log_level", "true")]
    [InlineData("log_level # on", "true")]
    [InlineData("log_level = 4\r", "4")]
    public void Every_form_of_a_setting_is_read(string line, string expected)
    {
        ConfigurationEntry entry = Assert.Single(Parse(line, out List<ConfigurationProblem> problems));

        Assert.Equal(new ConfigurationEntry(1, "log_level", expected), entry);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \t")]
    [InlineData("# log_level = 4")]
    [InlineData("   #log_level = 4")]
    public void Comments_and_empty_lines_are_nothing(string line)
    {
        Assert.Empty(Parse(line, out List<ConfigurationProblem> problems));
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("[section]", "[section]")]
    [InlineData("= 4", "")]
    [InlineData("log_level =", "log_level")]
    [InlineData("log_level = # 4", "log_level")]
    [InlineData("log_level = \"4", "log_level")]
    [InlineData("log_level = '4\"", "log_level")]
    [InlineData("log_level = \"4\" 5", "log_level")]
    [InlineData("log_level 4", "log_level")]
    public void A_line_that_is_no_setting_is_named_and_the_next_one_still_read(string line, string key)
    {
        List<ConfigurationEntry> entries = Parse("\n" + line + "\nlog_dir = /a", out List<ConfigurationProblem> problems);

        Assert.Equal([new ConfigurationEntry(3, "log_dir", "/a")], entries);
        ConfigurationProblem problem = Assert.Single(problems);
        Assert.Equal((2, key), (problem.Line, problem.Key));
    }

    [Fact]
    public void A_key_that_appears_twice_is_read_twice()
    {
        List<ConfigurationEntry> entries = Parse("a = 1\na = 2", out _);

        Assert.Equal([new ConfigurationEntry(1, "a", "1"), new ConfigurationEntry(2, "a", "2")], entries);
    }

    [Fact]
    public void Every_line_of_any_text_is_a_setting_or_a_problem_or_nothing()
    {
        Gen<string> piece = Gen.Elements("log_level", "=", " ", "\"", "'", "#", "\n", "\r\n", "4", "\0", "é", "[", "\t");

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(
                Arb.From(piece.ArrayOf()),
                pieces =>
                {
                    string text = string.Concat(pieces);
                    int entries = Parse(text, out List<ConfigurationProblem> problems).Count;
                    return entries + problems.Count <= text.Split('\n').Length;
                }));
    }

    private static List<ConfigurationEntry> Parse(string text, out List<ConfigurationProblem> problems)
    {
        var entries = new List<ConfigurationEntry>();
        problems = [];
        ConfigurationText.Parse(text, entries, problems);
        return entries;
    }
}
