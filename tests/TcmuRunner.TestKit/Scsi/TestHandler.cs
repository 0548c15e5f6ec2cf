// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>A handler that opens whatever a test wants.</summary>
/// <param name="open">Opens the device.</param>
/// <param name="subtype">Its subtype.</param>
public sealed class TestHandler(Func<OpenRequest, IHandlerDevice> open, string subtype = "test") : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = subtype,
        DisplayName = "Test",
        ConfigurationHelp = "test/anything",
    };

    /// <summary>How configurations are checked.</summary>
    public Func<ConfigurationString, ConfigurationCheck> Check { get; init; } = _ => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => Check(configuration);

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) => new(open(request));
}
