// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Abstractions.Tests.Conformance;

internal sealed class FaultySubject(Fault fault) : ConformanceSubject
{
    public override string Configuration => "faulty/";

    public override IReadOnlyList<string> InvalidConfigurations => ["faulty/x"];

    public override bool KeepsData => false;

    public override TimeSpan Limit => TimeSpan.FromMilliseconds(fault == Fault.OperationNeverCompletes ? 200 : 60_000);

    public override IHandler CreateHandler() => new FaultyHandler(fault);

    private sealed class FaultyHandler(Fault fault) : IHandler
    {
        public HandlerDescription Description { get; } =
            new() { Subtype = "faulty", DisplayName = "Faulty", ConfigurationHelp = "faulty/   A device with a fault." };

        public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) =>
            configuration.Argument.Length == 0 ? ConfigurationCheck.Valid : ConfigurationCheck.Invalid("It takes no argument.");

        public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
            new(new FaultyDevice(fault, request.SizeBytes!.Value, request.BlockSizeBytes));
    }
}
