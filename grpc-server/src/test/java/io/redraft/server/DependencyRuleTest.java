package io.redraft.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Which part of the house may know which. It stands in the module that has all others on its class
 * path.
 */
@AnalyzeClasses(packages = "io.redraft", importOptions = ImportOption.DoNotIncludeTests.class)
class DependencyRuleTest {
  private static final String PROTO = "io.redraft.proto..";
  private static final String API = "io.redraft.proto.v1..";
  private static final String MODEL = "io.redraft.model..";
  private static final String ACTORS = "io.redraft.actors..";
  private static final String CLUSTER = "io.redraft.cluster..";
  private static final String SERVER = "io.redraft.server..";

  @ArchTest
  static final ArchRule protoKnowsNothingOfOurs =
      noClasses()
          .that()
          .resideInAPackage(PROTO)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODEL, ACTORS, CLUSTER, SERVER);

  @ArchTest
  static final ArchRule modelKnowsNeitherActorsNorNetworks =
      noClasses()
          .that()
          .resideInAPackage(MODEL)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.pekko..", "io.grpc..", PROTO, ACTORS, CLUSTER, SERVER);

  @ArchTest
  static final ArchRule actorsKnowNothingAboveThem =
      noClasses()
          .that()
          .resideInAPackage(ACTORS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API, CLUSTER, SERVER);

  @ArchTest
  static final ArchRule settingsKnowNothingAboveThem =
      noClasses()
          .that()
          .resideInAPackage(CLUSTER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PROTO, SERVER);

  @ArchTest
  static final ArchRule onlyTheModelComputesWithTensors =
      noClasses()
          .that()
          .resideOutsideOfPackage(MODEL)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule onlyTheServerSpeaksGrpc =
      noClasses()
          .that()
          .resideOutsideOfPackages(PROTO, SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.grpc..");

  @ArchTest
  static final ArchRule nothingIsStoredAsSerializedJavaObjects =
      noClasses()
          .should()
          .dependOnClassesThat()
          .areAssignableTo(ObjectOutputStream.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ObjectInputStream.class);

  @ArchTest
  static final ArchRule noTwoPackagesNeedEachOther =
      slices().matching("io.redraft.(**)").should().beFreeOfCycles();

  @Test
  void everyPackageSaysWhatItIs() throws IOException {
    var house = Path.of("").toAbsolutePath().getParent();
    List<Path> silent;
    try (Stream<Path> files = Files.walk(house)) {
      silent =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> file.toString().contains("/src/main/java/"))
              .map(Path::getParent)
              .distinct()
              .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
              .map(house::relativize)
              .toList();
    }
    assertThat(silent).as("packages without package-info.java").isEmpty();
  }
}
