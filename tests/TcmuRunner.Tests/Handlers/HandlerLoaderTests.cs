// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers;

namespace TcmuRunner.Tests.Handlers;

/// <summary>With the plugins of tests/plugins, put into folders as an installation has them.</summary>
public sealed class HandlerLoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger<HandlerLoader> _logger = new();
    private readonly HandlerCatalog _catalog = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_handlers_with_different_versions_of_one_library_load()
    {
        Install("Good", "good");
        Install("Other", "other");

        Load();

        Assert.Equal("Good with library 1", Find("good").Description.DisplayName);
        Assert.Equal("Other with library 2", Find("other").Description.DisplayName);
        Assert.Equal(2, _catalog.Handlers.Count);
        Assert.Empty(_logger.AtLeast(LogLevel.Information));
    }

    [Theory]
    [InlineData("goo")]
    [InlineData("goods")]
    [InlineData("Good")]
    [InlineData("")]
    public void A_subtype_matches_exactly(string subtype)
    {
        Install("Good", "good");

        Load();

        Assert.False(_catalog.TryGet(subtype, out _));
    }

    [Fact]
    public void A_handler_for_another_contract_is_named_and_none_of_its_code_runs()
    {
        Install("Future", "future");
        Install("Good", "good");

        Load();

        AssertSkipped("future/TcmuRunner.Handlers.Future.dll", $"it was built for version 99.3 of the handler SDK, and this daemon has {HandlerApi.MajorVersion}.{HandlerApi.MinorVersion}");
        Assert.Null(AppDomain.CurrentDomain.GetData("TcmuRunner.Handlers.Future ran"));
        Assert.Equal("good", Assert.Single(_catalog.Handlers).Description.Subtype);
    }

    [Fact]
    public void What_cannot_be_made_is_named_and_the_rest_of_its_assembly_loads()
    {
        Install("Odd", "odd");

        Load();

        Assert.Equal(["Odd", "Peculiar"], _catalog.Handlers.Select(handler => handler.Description.DisplayName).Order(StringComparer.Ordinal));
        AssertSkipped(
            "odd/TcmuRunner.Handlers.Odd.dll",
            "'TcmuRunner.Handlers.Odd.NoHandler' does not implement IHandler",
            "its subtype 'ODD!' is not 1 to 32 lower-case letters and digits",
            "'TcmuRunner.Handlers.Odd.ThrowingHandler' cannot be made: InvalidOperationException: the moon is not full");
    }

    [Fact]
    public void A_second_handler_of_a_subtype_is_named_and_the_first_in_the_order_of_names_serves()
    {
        Install("Good", "good");
        Install("Again", "good");

        Load();

        Assert.Equal("Good again", Assert.Single(_catalog.Handlers).Description.DisplayName);
        AssertSkipped("good/TcmuRunner.Handlers.Good.dll", "another handler of subtype 'good' is already loaded");
    }

    [Fact]
    public void A_handler_in_a_folder_of_another_name_is_named()
    {
        Install("Good", "bad");

        Load();

        AssertSkipped("bad/TcmuRunner.Handlers.Good.dll", "its subtype 'good' is not the name of its folder 'bad'");
    }

    [Fact]
    public void A_handler_without_its_library_is_named_with_the_library()
    {
        Install("Good", "good");
        File.Delete(_folder.Combine("good", "TcmuRunner.PluginLibrary.dll"));
        File.Delete(_folder.Combine("good", "TcmuRunner.Handlers.Good.deps.json"));

        Load();

        AssertSkipped(
            "good/TcmuRunner.Handlers.Good.dll",
            "it needs 'TcmuRunner.PluginLibrary', which is neither in its folder nor part of .NET");
    }

    [Fact]
    public void A_copy_of_the_sdk_in_the_folder_is_not_used()
    {
        Install("Good", "good");
        File.Copy(typeof(IHandler).Assembly.Location, _folder.Combine("good", "TcmuRunner.Abstractions.dll"));

        Load();

        Assert.Equal("Good with library 1", Find("good").Description.DisplayName);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is a text")]
    [InlineData("MZ")]
    public void A_file_that_is_no_assembly_is_named(string content)
    {
        Directory.CreateDirectory(_folder.Combine("text"));
        _folder.Write("text/TcmuRunner.Handlers.Text.dll", content);
        Install("Good", "good");

        Load();

        Assert.StartsWith(
            $"Error: The handler {_folder.Combine("text", "TcmuRunner.Handlers.Text.dll")} is skipped: not a .NET assembly: ",
            _logger.Single(LogLevel.Warning),
            StringComparison.Ordinal);
        Assert.Single(_catalog.Handlers);
    }

    [Fact]
    public void An_assembly_that_names_no_handler_is_named()
    {
        Directory.CreateDirectory(_folder.Combine("good"));
        File.Copy(typeof(IHandler).Assembly.Location, _folder.Combine("good", "TcmuRunner.Handlers.Good.dll"));

        Load();

        AssertSkipped("good/TcmuRunner.Handlers.Good.dll", "it names no handler: [assembly: Handler(typeof(...))] is missing");
    }

    [Fact]
    public void A_folder_without_a_handler_is_named()
    {
        Directory.CreateDirectory(_folder.Combine("empty"));

        Load();

        AssertSkipped("empty", "no file in it is named TcmuRunner.Handlers.*.dll");
    }

    [Fact]
    public void A_handler_folder_that_is_missing_is_named()
    {
        new HandlerLoader(_logger).Load(_folder.Combine("nowhere"), _catalog);

        Assert.StartsWith(
            $"Error: The handler folder {_folder.Combine("nowhere")} cannot be read: ",
            _logger.Single(LogLevel.Warning),
            StringComparison.Ordinal);
    }

    /// <summary>A handler file can be cut short or overwritten by a failing disk or a half finished installation.</summary>
    [Fact]
    public void A_damaged_assembly_never_stops_the_daemon()
    {
        Install("Odd", "odd");
        string path = _folder.Combine("odd", "TcmuRunner.Handlers.Odd.dll");
        byte[] intact = File.ReadAllBytes(path);
        var random = new Random(20261120);

        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = intact.AsSpan(0, round % 3 == 0 ? random.Next(intact.Length) : intact.Length).ToArray();
            for (int count = 0; count < 20 && damaged.Length > 0; count++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, damaged);
            Exception? exception = Record.Exception(() => HandlerManifestReader.Read(path, []));
            Assert.True(exception is null or BadImageFormatException, $"round {round}: {exception}");
        }
    }

    private void Load() => new HandlerLoader(_logger).Load(_folder.Path, _catalog);

    private IHandler Find(string subtype)
    {
        Assert.True(_catalog.TryGet(subtype, out IHandler? handler), $"'{subtype}' is missing: {string.Join('\n', _logger.Lines)}");
        return handler;
    }

    private void AssertSkipped(string path, params string[] reasons) => Assert.Equal(
        reasons.Select(reason => $"Error: The handler {_folder.Combine(path)} is skipped: {reason}"),
        _logger.AtLeast(LogLevel.Warning));

    private void Install(string plugin, string subtype)
    {
        Directory.CreateDirectory(_folder.Combine(subtype));
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "plugins", plugin)))
        {
            File.Copy(file, _folder.Combine(subtype, Path.GetFileName(file)));
        }
    }
}
