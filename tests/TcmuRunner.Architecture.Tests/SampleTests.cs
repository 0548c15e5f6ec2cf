// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Architecture.Tests;

/// <summary>The handler that the README writes compiles, loads as a plugin, keeps the contract, and is what the README shows.</summary>
public sealed class SampleTests
{
    private const string Sample = "tests/samples/Pattern/PatternHandler.cs";
    private const string Marker = $"<!-- sample: {Sample} -->";

    // Rules may pass over what the device does not promise, and over nothing else.
    private static readonly string[] s_notPromised =
    [
        "The device does not promise CompareAndWrite.",
        "The device does not promise Extents.",
        "The device does not promise Flush.",
        "The device does not promise ForceUnitAccess.",
        "The device does not promise RawCommands.",
        "The device does not promise Reconfigure.",
        "The device does not promise Resize.",
        "The device does not promise Unmap.",
        "The device does not promise WriteSame.",
        "The device is read-only.",
        "The subject has only one backing store.",
        "The subject names no configuration that cannot be opened.",
    ];

    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task The_sample_keeps_the_contract(string rule)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, new PatternSubject());

        Assert.True(result.Outcome == ConformanceOutcome.Kept || s_notPromised.Contains(result.Detail), result.Detail);
    }

    [Fact]
    public async Task Every_eight_bytes_of_the_sample_hold_their_own_offset()
    {
        var request = new OpenRequest
        {
            Configuration = Parse("pattern/"),
            DeviceName = "pattern/disk1",
            BlockSizeBytes = 512,
            SizeBytes = null,
            Files = new PatternSubject().Files,
            Logger = NullLogger.Instance,
        };
        await using var device = (IBlockDevice)await LoadSample().OpenAsync(request, CancellationToken.None);
        using var memory = new ScatteredMemory(3, 0, 500, 9);

        IoStatus status = await device.ReadAsync(0x1_2345_6000, memory.List, CancellationToken.None);

        Assert.True(status.IsGood);
        byte[] block = memory.ToArray();
        for (int offset = 0; offset < block.Length; offset += 8)
        {
            Assert.Equal(0x1_2345_6000 + offset, BinaryPrimitives.ReadInt64BigEndian(block.AsSpan(offset)));
        }
    }

    [Fact]
    public void The_sample_is_short() => Assert.InRange(File.ReadAllLines(Repository.PathOf(Sample)).Length, 1, 50);

    [Fact]
    public void The_README_shows_the_sample_as_it_is()
    {
        string readme = Repository.PathOf("README.md");
        Assert.SkipUnless(File.Exists(readme), "There is no README.md yet.");
        string text = File.ReadAllText(readme);
        int marker = text.IndexOf(Marker, StringComparison.Ordinal);
        Assert.True(marker >= 0, $"README.md has no '{Marker}' before a block of C#.");

        string[] parts = text[(marker + Marker.Length)..].Split("```", 3);
        Assert.True(parts.Length == 3 && parts[0].Trim().Length == 0, $"No block of code follows '{Marker}' in README.md.");

        Assert.Equal("csharp\n" + File.ReadAllText(Repository.PathOf(Sample)), parts[1]);
    }

    private static ConfigurationString Parse(string text)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), reason);
        return configuration;
    }

    // As the daemon does: a context of its own, with the SDK shared.
    private static IHandler LoadSample()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string path = Repository.PathOf($"tests/samples/Pattern/bin/{configuration}/net10.0/Pattern.dll");
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "TcmuRunner.Abstractions.dll")), "The sample brings a copy of the SDK.");
        var context = new AssemblyLoadContext("pattern");
        context.Resolving += (_, name) => AssemblyLoadContext.Default.LoadFromAssemblyName(name);
        HandlerAttribute attribute = context.LoadFromAssemblyPath(path).GetCustomAttribute<HandlerAttribute>()!;
        return (IHandler)Activator.CreateInstance(attribute.HandlerType)!;
    }

    private sealed class PatternSubject : ConformanceSubject
    {
        public override string Configuration => "pattern/";

        public override IReadOnlyList<string> InvalidConfigurations => ["pattern/x", "pattern/;ro"];

        public override IHandler CreateHandler() => LoadSample();
    }
}
