// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;

namespace TcmuRunner.Tests;

public sealed class ArgumentParserTests
{
    [Fact]
    public void No_words_mean_the_defaults()
    {
        Arguments arguments = Parse();

        Assert.Equal(ArgumentsAction.Serve, arguments.Action);
        Assert.False(arguments.Debug);
        Assert.Null(arguments.OpenFiles);
        Assert.Null(arguments.LogDirectory);
        Assert.Equal("/etc/tcmu/tcmu.conf", arguments.ConfigurationFile);
        Assert.Equal("/run/tcmu.lock", arguments.LockFile);
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "handlers"), arguments.HandlerPath);
    }

    [Theory]
    [InlineData("-h", ArgumentsAction.ShowHelp)]
    [InlineData("--help", ArgumentsAction.ShowHelp)]
    [InlineData("-V", ArgumentsAction.ShowVersion)]
    [InlineData("--version", ArgumentsAction.ShowVersion)]
    public void Help_and_version_have_two_spellings(string word, object action) => Assert.Equal(action, Parse(word).Action);

    [Theory]
    [InlineData("-d")]
    [InlineData("--debug")]
    public void Debug_has_two_spellings(string word) => Assert.True(Parse(word).Debug);

    [Theory]
    [InlineData("-l", "/a")]
    [InlineData("-l/a")]
    [InlineData("--tcmu-log-dir", "/a")]
    [InlineData("--tcmu-log-dir=/a")]
    [InlineData("--tcmu_log_dir", "/a")]
    [InlineData("--tcmu_log_dir=/a")]
    public void The_log_folder_has_three_spellings_and_each_form_of_value(params string[] words) =>
        Assert.Equal("/a", Parse(words).LogDirectory);

    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("1048576", 1048576)]
    public void Open_files_takes_its_whole_range(string value, int expected) => Assert.Equal(expected, Parse("-f", value).OpenFiles);

    [Theory]
    [InlineData("65535")]
    [InlineData("1048577")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("99999999999999999999")]
    public void Open_files_refuses_everything_else_and_tells_the_range(string value)
    {
        string error = Error("--nofile", value);

        Assert.Equal($"'{value}' is not a number of open files: 65536 to 1048576", error);
    }

    [Fact]
    public void Paths_are_made_absolute()
    {
        Arguments arguments = Parse("--handler-path", "h", "--config=c", "--lock-file", "k");

        Assert.Equal(Path.GetFullPath("h"), arguments.HandlerPath);
        Assert.Equal(Path.GetFullPath("c"), arguments.ConfigurationFile);
        Assert.Equal(Path.GetFullPath("k"), arguments.LockFile);
    }

    [Theory]
    [InlineData("unknown option '--bogus'", "--bogus")]
    [InlineData("unknown option '--bogus'", "--bogus=1")]
    [InlineData("unknown option '-x'", "-x")]
    [InlineData("unknown option '-dx'", "-dx")]
    [InlineData("unexpected word 'start'", "start")]
    [InlineData("option '--config' needs a value", "--config")]
    [InlineData("option '--config' needs a value", "--config=")]
    [InlineData("option '--debug' takes no value", "--debug=1")]
    public void What_is_not_understood_is_named(string expected, params string[] words) => Assert.Equal(expected, Error(words));

    [Fact]
    public void Help_wins_over_what_follows_it() => Assert.Equal(ArgumentsAction.ShowHelp, Parse("--help", "--bogus").Action);

    [Fact]
    public void The_help_names_every_option_but_the_hidden_one()
    {
        Assert.All(
            ["-h", "--help", "-V", "--version", "-d", "--debug", "-f", "--nofile", "--handler-path", "-l", "--tcmu-log-dir", "--config"],
            option => Assert.Contains(option, ArgumentParser.Help, StringComparison.Ordinal));
        Assert.DoesNotContain("lock-file", ArgumentParser.Help, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_words_give_arguments_or_an_error_and_never_an_exception()
    {
        // A word of a command line cannot hold a NUL: it ends there.
        Gen<string> word = Gen.OneOf(
            Gen.Elements("-f", "-l", "--config", "--nofile=70000", "-d", "--", "-", "", "=", "--=", "--config=\u0001"),
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get.Replace('\0', ' ')));

        Check.One(
            Config.QuickThrowOnFailure,
            Prop.ForAll(
                Arb.From(word.ArrayOf()),
                words =>
                {
                    bool isGood = ArgumentParser.TryParse(words, out Arguments? arguments, out string? error);
                    return isGood ? arguments is not null : error is { Length: > 0 };
                }));
    }

    private static Arguments Parse(params string[] words)
    {
        Assert.True(ArgumentParser.TryParse(words, out Arguments? arguments, out string? error), error);
        return arguments;
    }

    private static string Error(params string[] words)
    {
        Assert.False(ArgumentParser.TryParse(words, out _, out string? error));
        return error;
    }
}
